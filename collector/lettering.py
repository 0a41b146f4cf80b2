"""Text as patches in the picture's own colour space.

Guarantees even sides and a capital's height as asked for. The only place where letters are drawn (cv2's Hershey
simplex; OpenCV 5 substitutes a font of its own, with letters beyond ASCII where 4 has question marks).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from collector.canvas import Colour, Patch

_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_CAPITAL_AT_1: Final = 21
"""Pixels that a capital is high at scale 1, without the weight of its strokes."""

_LINES_KEPT: Final = 256
"""Lines that are not drawn anew: rates and labels come back. A line takes 30 (576p) to 190 us (4K)."""

cv2.setNumThreads(1)


class Lettering:
    """Draws text in one size and two colours.

    Attributes:
        height: of a line of text with its margins, in pixels.
        line: (text) -> one line of text as a Patch, as wide as it needs.

    Args:
        capital: height of a capital letter in pixels.
        ink, paper: colours of letters and of what they stand on.
    """

    def __init__(self, capital: int, ink: Colour, paper: Colour) -> None:
        self._scale = capital / _CAPITAL_AT_1
        self._weight = max(1, round(capital / 9))
        self._margin = _even(capital / 3)
        self._baseline = _even(0.4 * capital) + capital  # brackets and bars are higher than capitals
        self.height = _even(self._baseline + capital / 4 + self._margin + self._weight)
        shades = np.linspace(paper, ink, 256)
        self._y, self._cb, self._cr = np.rint(shades).astype(np.uint8).T
        self.line = lru_cache(maxsize=_LINES_KEPT)(self._line)

    def _line(self, text: str) -> Patch:
        (width, _), _ = cv2.getTextSize(text, _FONT, self._scale, self._weight)
        mask = np.zeros((self.height, _even(width) + 2 * self._margin), np.uint8)
        place = (self._margin, self._baseline)
        cv2.putText(mask, text, place, _FONT, self._scale, 255, self._weight, cv2.LINE_AA)
        quarter = cv2.resize(mask, (mask.shape[1] // 2, mask.shape[0] // 2), interpolation=cv2.INTER_AREA)
        return Patch(self._y[mask], np.stack([self._cb[quarter], self._cr[quarter]]))


def _even(length: float) -> int:
    """The nearest even length, at least 2."""
    return max(2, 2 * round(length / 2))
