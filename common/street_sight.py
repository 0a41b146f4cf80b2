"""How much of somebody is seen: silhouettes on a coarse grid, compared point by point.

Each body is sampled at about 32 x 64 points of its box, so that a share is right to about 0.03.

What this file does not know: streets, frames, colours.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from common.street_body import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, COLUMNS = 64, 32
"""The grid's cells over a body's box; what is sampled is their middle."""

_KEPT: Final = 2048


class Silhouette:
    """A body's shape, in its own coordinates.

    Attributes:
        cells: bool [ROWS, COLUMNS].
        points: float64 [N, 2], the middle of each cell that is inside.
    """

    __slots__ = ("cells", "corner", "points", "step")

    def __init__(self, figure: Figure) -> None:
        x1, y1, x2, y2 = figure.box
        self.corner = np.array([x1, y1])
        self.step = np.array([(x2 - x1) / COLUMNS, (y2 - y1) / ROWS])
        outlines = [outline for part in figure.parts for outline in part.outlines]
        self.cells = _filled([(outline - self.corner) / self.step for outline in outlines])
        rows, columns = np.nonzero(self.cells)
        self.points = self.corner + (np.stack([columns, rows], axis=1) + 0.5) * self.step

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


def _filled(outlines: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """The cells whose middle is inside any of some polygons, their corners in cells."""
    counts = np.array([len(outline) for outline in outlines])
    ends = np.cumsum(counts)
    x, y = np.concatenate(outlines).T
    following = np.arange(1, len(x) + 1)
    following[ends - 1] = ends - counts
    next_x, next_y = x[following], y[following]
    which = np.repeat(np.arange(len(outlines)), counts)
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
