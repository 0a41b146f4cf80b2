"""Filling and pasting on the three planes of an I420 picture, in place.

Guarantees that nothing outside the rectangle asked for changes, wherever it lies, and that luma and chroma agree:
coordinates are whole and even, because a chroma sample covers 2 x 2 pixels. Does NOT know what is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Colour(NamedTuple):
    """Y', Cb, Cr in BT.601 limited range (ITU-R BT.601-7)."""

    y: int
    cb: int
    cr: int


BLACK: Final = Colour(16, 128, 128)
WHITE: Final = Colour(235, 128, 128)
GREEN: Final = Colour(145, 54, 34)
"""R'G'B' 0, 255, 0."""
RED: Final = Colour(65, 100, 211)
"""R'G'B' 190, 0, 0: dark enough for white text."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A small picture of even sides.

    Attributes:
        y: uint8 [height, width].
        chroma: uint8 [2, height / 2, width / 2], Cb and Cr.
    """

    y: NDArray[np.uint8]
    chroma: NDArray[np.uint8]

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.y.shape[0])


class Canvas:
    """An I420 picture that is drawn on.

    Attributes:
        pixels: what was given: uint8 [3/2 height, width], C-contiguous, even sides.
        width, height: in pixels.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.pixels = pixels
        self.width, self.height = pixels.shape[1], pixels.shape[0] * 2 // 3
        self._y = pixels[: self.height]
        self._chroma = pixels[self.height :].reshape(2, self.height // 2, self.width // 2)

    @classmethod
    def black(cls, width: int, height: int) -> Canvas:
        """A black canvas of even sides."""
        canvas = cls(np.empty((height * 3 // 2, width), np.uint8))
        canvas.fill(0, 0, width, height, BLACK)
        return canvas

    def fill(self, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
        """Fill a rectangle (right and bottom exclusive, all even), as far as it lies on the canvas."""
        left, right = max(left, 0), min(right, self.width)
        top, bottom = max(top, 0), min(bottom, self.height)
        if left >= right or top >= bottom:
            return
        self._y[top:bottom, left:right] = colour.y
        self._chroma[0, top // 2 : bottom // 2, left // 2 : right // 2] = colour.cb
        self._chroma[1, top // 2 : bottom // 2, left // 2 : right // 2] = colour.cr

    def paste(self, patch: Patch, left: int, top: int) -> None:
        """Put a patch at an even place on the canvas (0 or more); what sticks out is cut off."""
        y = self._y[top : top + patch.height, left : left + patch.width]
        y[:] = patch.y[: y.shape[0], : y.shape[1]]
        chroma = self._chroma[:, top // 2 : (top + patch.height) // 2, left // 2 : (left + patch.width) // 2]
        chroma[:] = patch.chroma[:, : chroma.shape[1], : chroma.shape[2]]

    def coarsen(self, left: int, top: int, right: int, bottom: int, side: int) -> None:
        """Fill each cell of so many pixels with its mean colour (all even), as far as it lies on the canvas."""
        left, right = max(left, 0), min(right, self.width)
        top, bottom = max(top, 0), min(bottom, self.height)
        if left >= right or top >= bottom:
            return
        _fill_cells(self._y[top:bottom, left:right], side)
        for plane in self._chroma:
            _fill_cells(plane[top // 2 : bottom // 2, left // 2 : right // 2], side // 2)

    def dim(self) -> None:
        """Halve brightness and colour, so that a picture that is not current looks it."""
        self._y[:] = (self._y >> 1) + BLACK.y // 2
        self._chroma[:] = (self._chroma >> 1) + BLACK.cb // 2


def _fill_cells(plane: NDArray[np.uint8], side: int) -> None:
    """Fill each cell of a plane with its mean, rounded down; those at the right and the bottom may be smaller."""
    rows, columns = (np.arange(0, length, side) for length in plane.shape)
    heights, widths = np.diff(rows, append=plane.shape[0]), np.diff(columns, append=plane.shape[1])
    sums = np.add.reduceat(np.add.reduceat(plane, rows, axis=0, dtype=np.int64), columns, axis=1)
    means = (sums // np.outer(heights, widths)).astype(np.uint8)
    plane[:] = means.repeat(heights, axis=0).repeat(widths, axis=1)
