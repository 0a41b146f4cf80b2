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
        self.cells = np.zeros((ROWS, COLUMNS), bool)
        for part in figure.parts:
            for outline in part.outlines:
                _fill(self.cells, (outline - self.corner) / self.step)
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


def _fill(cells: NDArray[np.bool_], outline: NDArray[np.float64]) -> None:
    """Set the cells whose middle is inside a polygon, its corners in cells."""
    x, y = outline[:, 0], outline[:, 1]
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    first, last = max(int(y.min() - 0.5), 0), min(int(y.max() + 0.5), len(cells))
    level = np.arange(first, last)[:, None] + 0.5
    crossed = (y <= level) != (next_y <= level)
    run = np.where(next_y == y, 1.0, next_y - y)
    at = np.where(crossed, x + (level - y) * (next_x - x) / run, np.inf)
    middle = np.arange(cells.shape[1]) + 0.5
    # Inside is where a polygon's edge was crossed an odd number of times on the way from the left.
    cells[first:last] |= (at[:, None, :] < middle[None, :, None]).sum(axis=2) % 2 == 1
