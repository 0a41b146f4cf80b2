"""A picture with something to find: bright boxes that move over a dark gradient. Pure.

Guarantees: where the boxes of a frame are is exact, known without looking, the same at every size, and they never touch
one another: each stays in a lane of its own.

What this file does not know: sources, streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.job import InputSpec

UNITS: Final = 4096
"""A frame's width and its height, in the units that boxes are placed in."""

SIDE: Final = UNITS // 8
LANES: Final = 4

_MARGIN: Final = UNITS // 32
"""Between a box and the edges of its lane, and of the picture."""

_DARK, _LIGHT, _BRIGHT = 32, 96, 224
"""Luma at the left edge, at the right one, and of a box (of 16..235)."""


def places(number: int, seed: int) -> list[tuple[int, int, int, int]]:
    """Return x1, y1, x2, y2 of each box of a frame, in `UNITS`."""
    lane_height = UNITS // LANES
    corners = (
        (
            _MARGIN + _there_and_back(number * (37 + 11 * lane) + (seed + lane) * 977, UNITS - SIDE - 2 * _MARGIN),
            lane * lane_height
            + _MARGIN
            + _there_and_back(number * (5 + 2 * lane) + seed * 331, lane_height - SIDE - 2 * _MARGIN),
        )
        for lane in range(LANES)
    )
    return [(left, top, left + SIDE, top + SIDE) for left, top in corners]


def paint_movers(number: int, seed: int, spec: InputSpec, out: NDArray[np.uint8]) -> None:
    """Paint the boxes where `places` has them, rounded down to whole pixels; all is grey."""
    if spec.pixels == "i420":
        luma = out[: spec.width * spec.height].reshape(spec.height, spec.width)
        out[spec.width * spec.height :] = 128
    else:
        luma = np.empty((spec.height, spec.width), np.uint8)
    luma[:] = _DARK + np.arange(spec.width) * (_LIGHT - _DARK) // spec.width
    for box in places(number, seed):
        x1, y1, x2, y2 = (at * side // UNITS for at, side in zip(box, (spec.width, spec.height) * 2, strict=True))
        luma[y1:y2, x1:x2] = _BRIGHT
    if spec.pixels != "i420":
        full_range = ((luma.astype(np.int32) - 16) * 255 // 219).astype(np.uint8)  # BT.601, without colour
        out.reshape(spec.height, spec.width, 3)[:] = full_range[..., None]


def _there_and_back(steps: int, length: int) -> int:
    """Return where one is that has gone so many steps to and fro between 0 and `length`."""
    at = steps % (2 * length)
    return min(at, 2 * length - at)
