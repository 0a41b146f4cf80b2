"""Planes in a model's memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from common.job import InputSpec, Pixels
from producer.layout import Planes, fill


def spec(pixels: Pixels, width: int, height: int) -> InputSpec:
    """A small model input."""
    return InputSpec("image", width, height, pixels, "BGR", "stretch")


def plain(luma: int, cb: int, cr: int, shapes: list[tuple[int, ...]] | None = None) -> Callable[[Planes], None]:
    """A painter of one colour, which notes what it was given."""

    def write(planes: Planes) -> None:
        for plane, value in zip(planes, (luma, cb, cr), strict=True):
            plane[:] = value
            if shapes is not None:
                shapes.append(plane.shape)

    return write


def test_i420_is_written_in_place() -> None:
    """Luma first, then a quarter of Cb and a quarter of Cr."""
    out = np.zeros(24 * 3 // 2, np.uint8)
    fill(spec("i420", 6, 4), out, plain(1, 2, 3))
    assert out.tolist() == [1] * 24 + [2] * 6 + [3] * 6


@pytest.mark.parametrize(("width", "height"), [(6, 4), (5, 4), (6, 3), (5, 3), (1, 1)])
def test_bgr_is_made_of_even_planes(width: int, height: int) -> None:
    """Whatever the sides, planes are even, and red is red."""
    shapes: list[tuple[int, ...]] = []
    out = np.zeros(width * height * 3, np.uint8)
    fill(spec("bgr", width, height), out, plain(81, 90, 240, shapes))
    assert all(side % 2 == 0 for side in shapes[0])
    assert shapes[1] == shapes[2] == (shapes[0][0] // 2, shapes[0][1] // 2)
    assert np.abs(out.reshape(-1, 3).astype(int) - (0, 0, 255)).max() <= 2


@pytest.mark.parametrize("out", [np.zeros(35, np.uint8), np.zeros(36, np.int8), np.zeros(72, np.uint8)[::2]])
def test_other_memory_is_refused(out: np.ndarray) -> None:
    """Memory of another size, kind or order is refused before anything is written."""
    with pytest.raises(ValueError, match="cannot be written"):
        fill(spec("i420", 6, 4), out, plain(1, 2, 3))
