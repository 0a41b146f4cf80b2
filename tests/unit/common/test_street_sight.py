"""Silhouettes, and what a frame shows."""

from __future__ import annotations

import numpy as np
import pytest

from common.street_body import Figure
from common.street_shapes import Part
from common.street_sight import COLUMNS, ROWS, extent, silhouette


def boxes(*corners: tuple[float, float, float, float]) -> Figure:
    """A figure of rectangles."""
    outlines = tuple(np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32) for x1, y1, x2, y2 in corners)
    around = np.concatenate(outlines)
    return Figure((Part(outlines, (0, 0, 0)),), (*around.min(axis=0).tolist(), *around.max(axis=0).tolist()))


def test_silhouette_fills_what_outlines_fill() -> None:
    """Two rectangles that overlap are one shape; between two that do not, nothing is."""
    cells = silhouette(boxes((0, 0, 2, 1), (1, 0, 3, 1), (0, 3, 3, 4))).cells
    assert cells.shape == (ROWS, COLUMNS)
    assert cells[: ROWS // 4].all()
    assert not cells[ROWS // 4 : 3 * ROWS // 4].any()
    assert cells[3 * ROWS // 4 :].all()


def test_silhouette_holds_points() -> None:
    """A point is held inside, not in the gap and not outside."""
    shape = silhouette(boxes((0, 0, 1, 1), (0, 2, 1, 3)))
    points = np.array([(0.5, 0.5), (0.5, 1.5), (0.5, 2.5), (-0.1, 0.5), (0.5, 3.5), (9, 9)])
    assert shape.holds(points).tolist() == [True, False, True, False, False, False]
    assert shape.holds(shape.points).all()


WHOLE = boxes((-1, -4, 1, 0))


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ((50, 90), (40, 50, 60, 90)),
        ((0, 90), (0, 50, 10, 90)),
        ((100, 90), (90, 50, 100, 90)),
        ((50, 120), (40, 80, 60, 100)),
        ((50, 20), (40, 0, 60, 20)),
        ((-20, 90), None),
        ((50, 150), None),
        ((-10, 90), None),
    ],
)
def test_extent_is_cut_by_the_frame(at: tuple[int, int], shown: tuple[int, int, int, int] | None) -> None:
    """What sticks out is not in the box, and what is not in the frame has none."""
    assert extent(WHOLE, 10.0, at, (100, 100)) == shown


def test_extent_is_of_what_is_shown() -> None:
    """Where only the narrow upper part is in the frame, the box is as narrow."""
    figure = boxes((-1, -4, 1, -2), (-3, -2, 3, 0))
    assert extent(figure, 10.0, (50, 110), (100, 100)) == (20, 70, 80, 100)
    assert extent(figure, 10.0, (50, 130), (100, 100)) == (40, 90, 60, 100)
