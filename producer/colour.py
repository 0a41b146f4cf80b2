"""The arithmetic from any 8-bit Y'CbCr to the project's one: BT.601, limited range. Coefficients only, pure.

Luma weights (Kr, Kb) are those of ITU-R BT.601-7, BT.709-6, BT.2020-2, SMPTE 240M and FCC 73.682, as listed in ITU-T
H.273 table 4; ranges as in H.273 section 8.3 (8 bits: limited 219 and 224 steps, full 255).

What this file does not know: arrays, transfer curves and primaries. HDR is not tone-mapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

_WEIGHTS: Final[dict[int, tuple[float, float]]] = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020 non-constant luminance
    10: (0.2627, 0.0593),  # BT.2020 constant luminance, by its nearest relative
}
"""Kr and Kb by H.273 MatrixCoefficients. Any other, and an unspecified one, is taken as BT.601 (as OpenCV does)."""

_BT601: Final = (0.299, 0.114)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What turns 8-bit planes into BT.601 limited range.

    With u = U - 128 and v = V - 128 of the source, and (cu, cv) a pair of gains:
    Y' = luma_gain Y + luma_bias + (leak . (u, v)), U' = 128 + (cb . (u, v)), V' = 128 + (cr . (u, v)).
    """

    luma_gain: float
    luma_bias: float
    leak: tuple[float, float]
    cb: tuple[float, float]
    cr: tuple[float, float]

    @property
    def is_range_only(self) -> bool:
        """Whether luma and the two chroma planes can be converted without one another."""
        return self.leak == (0.0, 0.0)


@lru_cache(maxsize=64)
def conversion(matrix: int, full_range: bool) -> Conversion | None:  # noqa: FBT001 - the tag is a flag
    """How to convert planes tagged with this H.273 matrix and range; None where nothing is to be done."""
    weights = _WEIGHTS.get(matrix, _BT601)
    if weights == _BT601 and not full_range:
        return None
    luma_steps, chroma_steps = (255.0, 255.0) if full_range else (219.0, 224.0)
    black = 0.0 if full_range else 16.0
    mix = np.eye(3) if weights == _BT601 else np.linalg.inv(_to_rgb(*_BT601)) @ _to_rgb(*weights)
    luma_gain = 219.0 / luma_steps

    def pair(row: int, steps: float) -> tuple[float, float]:
        return (float(mix[row, 1]) * steps / chroma_steps, float(mix[row, 2]) * steps / chroma_steps)

    return Conversion(luma_gain, 16.0 - luma_gain * black, pair(0, 219.0), pair(1, 224.0), pair(2, 224.0))


def _to_rgb(kr: float, kb: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """R'G'B' from Y' in 0..1 and Cb, Cr in -0.5..0.5."""
    kg = 1.0 - kr - kb
    blue, red = 2.0 * (1.0 - kb), 2.0 * (1.0 - kr)
    return np.array([[1.0, 0.0, red], [1.0, -kb * blue / kg, -kr * red / kg], [1.0, blue, 0.0]])
