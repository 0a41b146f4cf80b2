"""Originals, the painter and the clock, put together."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from collector.actions import Keep
from collector.picture_store import PictureStore
from collector.studio import Studio
from common.rows import Row, Status, StreamHeader

HEADER = StreamHeader("a", 320, 240, Fraction(1, 25), Fraction(25))


def test_a_frame_is_drawn_on_its_original_which_is_then_gone() -> None:
    """The bottom of the picture, where nothing is drawn, is the original's; a frame without one is black there."""
    store = PictureStore(on_damaged=lambda: None)
    store.begin(HEADER, 0)
    white = cv2.imencode(".jpg", np.full((240, 320, 3), 255, np.uint8))[1].tobytes()
    store.keep(Keep("a", 1, 320, 240, -1, white))
    studio = Studio(store, clock=lambda: 7.0)
    studio.begin(HEADER, ())
    black = studio.draw(Row("a", 0, 0, Status.OK))[239, 160]
    canvas = studio.draw(Row("a", 1, 1, Status.OK))
    assert canvas.shape == (360, 320)
    assert (int(black), int(canvas[239, 160])) == (16, 235)
    assert len(store) == 0
    studio.end("a")
