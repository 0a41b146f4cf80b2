"""A sheet of frames."""

from __future__ import annotations

import numpy as np

from tools.person.sheet import GREEN, RED, TILE_WIDTH, sheet, tile


def test_boxes_are_drawn_where_they_are_in_the_smaller_frame() -> None:
    """A box of a frame twice as wide as a tile is drawn at half its coordinates, in its colour."""
    frame = np.zeros((600, 2 * TILE_WIDTH, 3), np.uint8)
    rows = np.array([[200, 100, 400, 500, 0.9, 0]], np.float32)
    small = tile(frame, ((rows, RED), (rows[:0], GREEN)), "frame 1")
    assert small.shape == (300, TILE_WIDTH, 3)
    assert tuple(small[150, 100]) == RED
    assert not (small == GREEN).all(axis=2).any()


def test_a_sheet_fills_its_last_row_with_black() -> None:
    """Four tiles make two rows of three."""
    white = np.full((10, 20, 3), 255, np.uint8)
    laid = sheet([white] * 4)
    assert laid.shape == (20, 60, 3)
    assert laid[10:, :20].all()
    assert not laid[10:, 20:].any()
