"""A frame's original as it is drawn on. What this file does not know: where it comes from, and what is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Picture:
    """The original of one frame, valid until the frame is written.

    Attributes:
        width, height: pixels of the frame as it was captured: boxes are measured in them.
        i420: uint8 [rows * 3 / 2, columns], planes Y, Cb and Cr as `common.picture` lays them out, of the stream's
            picture size. It may lie in the producer's memory: not to be written to.
    """

    width: int
    height: int
    i420: NDArray[np.uint8]

    def copy_to(self, canvas: NDArray[np.uint8]) -> None:
        """Fill a canvas of the same shape.

        Raises:
            ValueError: the canvas has another shape.
        """
        if canvas.shape != self.i420.shape:
            raise ValueError(f"a picture of {self.i420.shape} on a canvas of {canvas.shape}")
        np.copyto(canvas, self.i420)
