"""A picture fills a canvas of its own shape, and no other."""

from __future__ import annotations

import numpy as np
import pytest

from collector.picture import Picture


def test_a_picture_is_copied() -> None:
    """What is drawn on the canvas stays on the canvas."""
    i420 = np.arange(6 * 8, dtype=np.uint8).reshape(6, 8)
    canvas = np.zeros_like(i420)
    Picture(8, 4, i420).copy_to(canvas)
    assert (canvas == i420).all()
    canvas[:] = 0
    assert i420.any()


def test_a_canvas_of_another_shape_is_refused() -> None:
    """Also one that numpy would spread the picture over."""
    with pytest.raises(ValueError, match=r"a picture of \(1, 8\) on a canvas of \(6, 8\)"):
        Picture(8, 4, np.zeros((1, 8), np.uint8)).copy_to(np.zeros((6, 8), np.uint8))
