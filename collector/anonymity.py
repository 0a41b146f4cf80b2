"""Makes people on a picture unrecognisable, for good, before anything else is drawn on it.

What is in a box becomes a mosaic: each cell is filled with its mean colour, a cell's side is a sixth of the box's
longer side (16 pixels at least), and a tenth is added around the box, as detectors cut hair and feet off. Nothing finer
is left that anybody could bring back. A frame without a result may show anybody anywhere, so it becomes a mosaic as a
whole.
What this file does not know: who is in a box, and who was missed by the detector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from collector.canvas import Canvas

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELLS: Final = 6
"""Cells along a box's longer side."""

CELL_MIN: Final = 16
"""Pixels of a cell's side at least: what is small is not shown in finer cells than what is large."""

MARGIN: Final = 0.1
"""Share of a box's sides that is hidden around it."""

_FAR: Final = 1e6
"""Further out than any picture reaches; larger numbers may not fit into an integer."""


def conceal(canvas: Canvas, found: NDArray[np.float32] | None) -> None:
    """Hide what is in the boxes, or the whole picture where nobody knows where they would be.

    Args:
        canvas: of the size that `found` is measured in.
        found: float32 [N, 6], rows x1 y1 x2 y2 score class, all finite; None where the frame has no result.
    """
    if found is None:
        _mosaic(canvas, 0, 0, canvas.width, canvas.height)
        return
    boxes = np.clip(found[:, :4], -_FAR, _FAR)
    margins = MARGIN * np.abs(boxes[:, 2:] - boxes[:, :2])
    firsts = 2 * np.floor((np.minimum(boxes[:, :2], boxes[:, 2:]) - margins) / 2).astype(np.int64)
    lasts = 2 * np.ceil((np.maximum(boxes[:, :2], boxes[:, 2:]) + margins) / 2).astype(np.int64)
    for (left, top), (right, bottom) in zip(firsts.tolist(), lasts.tolist(), strict=True):
        _mosaic(canvas, left, top, right, bottom)


def _mosaic(canvas: Canvas, left: int, top: int, right: int, bottom: int) -> None:
    """Hide a box, in cells of the size that the whole of it asks for, however little of it is on the picture."""
    side = max(CELL_MIN, 2 * -(-max(right - left, bottom - top) // (2 * CELLS)))
    canvas.coarsen(left, top, right, bottom, side)
