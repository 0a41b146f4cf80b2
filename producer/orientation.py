"""The display matrix of a frame as what it takes to show it upright: a transposition and two flips.

Source of the format: libavutil/display.h. Nine int32 in native byte order, row by row `a b u / c d v / x y w`, 16.16
fixed point (u, v, w: 2.30); a point (p, q) is shown at (a p + c q + x, b p + d q + y). Pure.

What this file does not know: pixels. Angles between the quarter turns are rounded to the nearest.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from producer.view import Region

_MATRIX: Final = struct.Struct("=9i")


class Orientation(NamedTuple):
    """Applied in this order: transpose (swap x and y), mirror left-right, mirror top-bottom."""

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    def displayed(self, width: int, height: int) -> tuple[int, int]:
        """The size that a stored (or, the other way, a displayed) picture has after (before) orientation."""
        return (height, width) if self.transpose else (width, height)

    def stored(self, region: Region, width: int, height: int) -> Region:
        """Where a region of the displayed picture lies in the stored one, which has this width and height."""
        across, down = self.displayed(width, height)
        x = across - region.x - region.width if self.mirror_x else region.x
        y = down - region.y - region.height if self.mirror_y else region.y
        if self.transpose:
            return Region(y, x, region.height, region.width)
        return Region(x, y, region.width, region.height)

    def mirrored(self, across: bool, down: bool) -> Orientation:  # noqa: FBT001 - the two directions
        """The same, and the displayed picture mirrored left-right, top-bottom."""
        return self._replace(mirror_x=self.mirror_x != across, mirror_y=self.mirror_y != down)


UPRIGHT: Final = Orientation()


def orientation_of(matrix: bytes) -> Orientation:
    """Read a display matrix of 36 bytes; a degenerate one (all zero) is upright."""
    a, b, _, c, d, *_ = _MATRIX.unpack(matrix)
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(transpose=True, mirror_x=c < 0, mirror_y=b < 0)
    return Orientation(transpose=False, mirror_x=a < 0, mirror_y=d < 0)
