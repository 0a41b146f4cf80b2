"""Filling and pasting: exactly the rectangle, on all three planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.canvas import BLACK, GREEN, RED, WHITE, Canvas, Colour, Patch

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 32, 24
EVEN = st.integers(-30, 30).map(lambda half: 2 * half)


def planes(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Luma, and chroma as [2, height / 2, width / 2]."""
    height, width = pixels.shape[0] * 2 // 3, pixels.shape[1]
    return pixels[:height], pixels[height:].reshape(2, height // 2, width // 2)


@given(left=EVEN, top=EVEN, right=EVEN, bottom=EVEN)
def test_a_rectangle_is_filled_and_nothing_else(left: int, top: int, right: int, bottom: int) -> None:
    """Wherever it lies, also outside or inside out."""
    canvas = Canvas.black(WIDTH, HEIGHT)
    canvas.fill(left, top, right, bottom, GREEN)
    y, chroma = planes(canvas.pixels)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    within = (left <= columns) & (columns < right) & (top <= rows) & (rows < bottom)
    assert np.array_equal(y, np.where(within, GREEN.y, BLACK.y))
    for plane, inside, outside in zip(chroma, GREEN[1:], BLACK[1:], strict=True):
        assert np.array_equal(plane, np.where(within[::2, ::2], inside, outside))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (4, 6), (30, 22), (28, 4), (2, 20), (40, 40)])
def test_a_patch_is_pasted_as_far_as_there_is_room(left: int, top: int) -> None:
    """What sticks out is cut off."""
    patch = Patch(
        np.arange(48, dtype=np.uint8).reshape(6, 8) + 100, np.arange(24, dtype=np.uint8).reshape(2, 3, 4) + 200
    )
    canvas = Canvas.black(WIDTH, HEIGHT)
    canvas.paste(patch, left, top)
    y, chroma = planes(canvas.pixels)
    expected = np.full((HEIGHT + 50, WIDTH + 50), BLACK.y, np.uint8)
    expected[top : top + 6, left : left + 8] = patch.y
    assert np.array_equal(y, expected[:HEIGHT, :WIDTH])
    half = np.full((2, HEIGHT, WIDTH), BLACK.cb, np.uint8)
    half[:, top // 2 : top // 2 + 3, left // 2 : left // 2 + 4] = patch.chroma[:, : HEIGHT - top // 2]
    assert np.array_equal(chroma, half[:, : HEIGHT // 2, : WIDTH // 2])


def test_a_dimmed_picture_is_darker_and_paler() -> None:
    """White becomes grey, green a darker and paler green; black stays."""
    canvas = Canvas.black(WIDTH, HEIGHT)
    canvas.fill(0, 0, 4, 4, WHITE)
    canvas.fill(4, 0, 8, 4, GREEN)
    canvas.dim()
    y, chroma = planes(canvas.pixels)
    assert (y[0, 0], y[0, 4], y[0, 8]) == (125, 80, 16)
    assert chroma[:, 0, 0].tolist() == [128, 128]
    assert chroma[:, 0, 2].tolist() == [91, 81]


@pytest.mark.parametrize(
    ("colour", "rgb"), [(BLACK, (0, 0, 0)), (WHITE, (255, 255, 255)), (GREEN, (0, 255, 0)), (RED, (190, 0, 0))]
)
def test_colours_are_what_they_are_called(colour: Colour, rgb: tuple[int, int, int]) -> None:
    """By BT.601: Kr 0.299, Kb 0.114, 219 and 224 steps."""
    red, green, blue = (part / 255 for part in rgb)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    expected = 16 + 219 * luma, 128 + 112 * (blue - luma) / 0.886, 128 + 112 * (red - luma) / 0.701
    assert colour == pytest.approx(expected, abs=1.0)
