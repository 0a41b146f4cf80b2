"""How much of somebody is seen: silhouettes on a coarse grid, compared point by point.

Each body is sampled at about 32 x 64 points of its box, so that a share is right to about 0.03.

What this file does not know: streets, frames, colours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from common.street_body import Figure
from common.street_shapes import edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.street_shapes import Outline

    Points = NDArray[np.float64]

ROWS, COLUMNS = 64, 32
"""The grid's cells over a body's box; what is sampled is their middle."""

_KEPT: Final = 2048
"""Silhouettes; about 3 kB each, and a figure of 10 kB that may be kept by nobody else."""


class Silhouette:
    """A body's shape, in its own coordinates.

    Attributes:
        cells: bool [ROWS, COLUMNS].
        corner: float64 [2], where the first cell begins.
        step: float64 [2], a cell's width and height.
    """

    __slots__ = ("cells", "corner", "step")

    def __init__(self, figure: Figure) -> None:
        x1, y1, x2, y2 = figure.box
        self.corner = np.array([x1, y1])
        self.step = np.array([(x2 - x1) / COLUMNS, (y2 - y1) / ROWS])
        self.cells = _filled(figure.outlines, self.corner, self.step)

    @property
    def points(self) -> Points:
        """The middle of each cell that is inside: float64 [N, 2]. Not kept: it takes ten times what `cells` take."""
        rows, columns = np.nonzero(self.cells)
        points: Points = self.corner + (np.stack([columns, rows], axis=1) + 0.5) * self.step
        return points

    def holds(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of some points are inside."""
        at = np.floor((points - self.corner) / self.step).astype(np.intp)
        known = ((at >= 0) & (at < (COLUMNS, ROWS))).all(axis=1)
        at[~known] = 0
        inside: NDArray[np.bool_] = known & self.cells[at[:, 1], at[:, 0]]
        return inside


@lru_cache(maxsize=_KEPT)
def silhouette(figure: Figure) -> Silhouette:
    """The shape of a body; the same object for the same figure."""
    return Silhouette(figure)


def extent(
    figure: Figure, scale: float, at: tuple[float, float], size: tuple[int, int]
) -> tuple[float, float, float, float] | None:
    """What a frame shows of a body: x1, y1, x2, y2 around it, in pixels; None for nothing.

    Args:
        figure: the body.
        scale: pixels of its height.
        at: where its ground is, in pixels.
        size: the frame's width and height.
    """
    begin, end, _ = edges(figure.outlines)
    begin, end = begin * scale + at, end * scale + at
    # A cut shape reaches as far as its corners inside, and where its edges leave the frame.
    points = [begin, *(_crossings(begin, end, axis, limit) for axis in (0, 1) for limit in (0, size[axis]))]
    known = np.concatenate(points)
    shown = known[((known >= 0) & (known <= size)).all(axis=1)]
    if not len(shown):
        return None
    (x1, y1), (x2, y2) = shown.min(axis=0).tolist(), shown.max(axis=0).tolist()
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def _crossings(begin: Points, end: Points, axis: int, limit: float) -> Points:
    """Where edges cross a line on which one coordinate is `limit`."""
    crossed = (begin[:, axis] < limit) != (end[:, axis] < limit)
    one, other = begin[crossed], end[crossed]
    share = (limit - one[:, axis]) / (other[:, axis] - one[:, axis])
    points: Points = one + (other - one) * share[:, None]
    points[:, axis] = limit
    return points


def _filled(outlines: list[Outline], corner: Points, step: Points) -> NDArray[np.bool_]:
    """The cells whose middle is inside any of some polygons."""
    begin, end, which = edges(outlines)
    (x, y), (next_x, next_y) = ((begin - corner) / step).T, ((end - corner) / step).T
    level = np.arange(ROWS) + 0.5
    edge, row = np.nonzero((y[:, None] <= level) != (next_y[:, None] <= level))
    at = x[edge] + (level[row] - y[edge]) * (next_x - x)[edge] / (next_y - y)[edge]
    column = np.clip(np.ceil(at - 0.5), 0, COLUMNS).astype(np.intp)
    crossings = np.zeros((len(outlines), ROWS, COLUMNS + 1), np.uint8)
    np.add.at(crossings, (which[edge], row, column), 1)
    # Inside is where a polygon's edge was crossed an odd number of times on the way from the left.
    parity = np.cumsum(crossings[..., :COLUMNS], axis=2, dtype=np.uint8) & 1
    cells: NDArray[np.bool_] = parity.max(axis=0) > 0
    return cells
