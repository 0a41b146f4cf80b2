"""Boxes that move."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from common.job import InputSpec
from producer.movers import LANES, SIDE, UNITS, paint_movers, places


def painted(spec: InputSpec, number: int = 7) -> np.ndarray:
    """One frame."""
    out = np.zeros(spec.nbytes, np.uint8)
    paint_movers(number, 3, spec, out)
    return out


def test_boxes_stay_in_the_picture_and_never_touch() -> None:
    """Whatever the frame and the seed, there are as many boxes as lanes, whole and apart."""
    for number in (0, 1, 99, 12_345):
        for seed in (0, 7, 10**8):
            boxes = places(number, seed)
            assert len(boxes) == LANES
            assert all(0 <= x1 < x2 <= UNITS and 0 <= y1 < y2 <= UNITS for x1, y1, x2, y2 in boxes)
            assert all(above[3] < below[1] for above, below in pairwise(boxes))


def test_boxes_move_a_little_each_frame() -> None:
    """So that a person sees them move, and no frame is like the one before."""
    for earlier, later in pairwise(places(number, 1) for number in range(300)):
        assert earlier != later
        steps = np.abs(np.array(earlier) - np.array(later))
        assert steps.max() < SIDE // 4


@pytest.mark.parametrize("size", [(64, 48), (256, 256), (640, 360)])
def test_the_brightest_pixels_are_the_boxes(size: tuple[int, int]) -> None:
    """In luma, at every size, and in BGR as in I420."""
    width, height = size
    luma = painted(InputSpec("image", width, height, "i420", "BGR", "stretch"))[: width * height]
    want = np.zeros((height, width), bool)
    for box in places(7, 3):
        x1, y1, x2, y2 = (at * side // UNITS for at, side in zip(box, size * 2, strict=True))
        want[y1:y2, x1:x2] = True
    assert ((luma.reshape(height, width) > 200) == want).all()
    colours = painted(InputSpec("image", width, height, "bgr", "BGR", "stretch")).reshape(height, width, 3)
    assert ((colours > 200) == want[..., None]).all()
    assert (np.ptp(colours, axis=2) == 0).all()


def test_the_same_bytes_on_every_machine() -> None:
    """A few of them, as they were painted once."""
    luma = painted(InputSpec("image", 64, 48, "i420", "BGR", "stretch"))
    assert luma[[0, 31, 63, -1]].tolist() == [32, 63, 95, 128]
    assert int(luma.sum()) == 422160
