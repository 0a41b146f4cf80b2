"""What is in a box cannot be recognised, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.anonymity import CELL_MIN, CELLS, conceal
from collector.canvas import Canvas

WIDTH, HEIGHT = 160, 120
COORDINATE = st.sampled_from([-3e38, -1e9, 1e9, 3e38]) | st.floats(-50, 200, width=32)


def noise() -> Canvas:
    """A canvas on which no two neighbours are alike."""
    return Canvas(np.random.default_rng(1).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), np.uint8))


def luma(canvas: Canvas) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Its brightness."""
    return canvas.pixels[:HEIGHT]


def box(*edges: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """One detection."""
    return np.array([[*edges, 0.9, 0]], np.float32)


def test_a_box_becomes_a_mosaic_and_the_rest_stays() -> None:
    """At most so many values are left of it; around it a tenth more is hidden."""
    canvas, before = noise(), noise()
    conceal(canvas, box(40, 20, 80, 100))
    inside = luma(canvas)[20:100, 40:80]
    assert len(np.unique(inside)) <= (CELLS + 2) ** 2
    assert not np.array_equal(luma(canvas)[14:18, 42:78], luma(before)[14:18, 42:78])
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[10:110, 34:86] = False
    assert np.array_equal(luma(canvas)[outside], luma(before)[outside])


def test_a_frame_without_a_result_is_hidden_as_a_whole() -> None:
    """Nobody knows who is where."""
    canvas = noise()
    conceal(canvas, None)
    assert len(np.unique(canvas.pixels)) < 100


def test_a_frame_in_which_nobody_was_found_stays() -> None:
    """There is nobody to hide."""
    canvas = noise()
    conceal(canvas, np.zeros((0, 6), np.float32))
    assert np.array_equal(canvas.pixels, noise().pixels)


@pytest.mark.parametrize("small", [(70, 50, 74, 58), (150, 100, 400, 400)])
def test_what_is_small_or_cut_off_is_shown_no_finer(small: tuple[float, ...]) -> None:
    """Cells are as large as the whole box asks for, and never smaller than so many pixels."""
    canvas = noise()
    conceal(canvas, box(*small))
    left, top, right, bottom = (int(edge) for edge in small)
    inside = luma(canvas)[top:bottom, left:right]
    assert len(np.unique(inside)) <= max(1, inside.size // CELL_MIN**2 + 4)


@given(st.lists(st.tuples(COORDINATE, COORDINATE, COORDINATE, COORDINATE), max_size=4))
def test_any_finite_box_is_taken(boxes: list[tuple[float, float, float, float]]) -> None:
    """A worker may say anything; planes keep their places."""
    canvas = noise()
    found = np.array([[*edges, 0.5, 0] for edges in boxes], np.float32).reshape(-1, 6)
    conceal(canvas, found)
    assert canvas.pixels.shape == (HEIGHT * 3 // 2, WIDTH)
