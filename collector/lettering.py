"""Text as patches in the picture's own colour space, put together from letters that are drawn once.

Guarantees even sides and a capital's height as asked for. The only place where letters are drawn (cv2's Hershey
simplex; OpenCV 5 substitutes a font of its own, with letters beyond ASCII where 4 has question marks).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from collector.canvas import Colour, Patch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_CAPITAL_AT_1: Final = 21
"""Pixels that a capital is high at scale 1."""


class Lettering:
    """Draws text in one size and two colours.

    Attributes:
        height: of a line of text with its margins, in pixels.
        margin: around the text, in pixels.

    Args:
        capital: height of a capital letter in pixels.
        ink, paper: colours of letters and of what they stand on.
    """

    def __init__(self, capital: int, ink: Colour, paper: Colour) -> None:
        self.margin = _even(capital / 3)
        self._descent = _even(capital / 4)
        self.height = _even(capital) + self._descent + 2 * self.margin
        self._baseline = self.margin + _even(capital)
        self._scale = capital / _CAPITAL_AT_1
        self._weight = max(1, round(capital / 9))
        self._ink, self._paper = np.array(ink, np.float32), np.array(paper, np.float32)
        self._space = self._patch(np.zeros((self.height, self.margin), np.uint8))
        self._letter = lru_cache(maxsize=512)(self._drawn)

    def line(self, text: str) -> Patch:
        """One line of text, as wide as it needs."""
        parts = [self._space, *map(self._letter, text), self._space]
        return Patch(
            np.concatenate([part.y for part in parts], axis=1), np.concatenate([part.chroma for part in parts], axis=2)
        )

    def _drawn(self, letter: str) -> Patch:
        (width, _), _ = cv2.getTextSize(letter, _FONT, self._scale, self._weight)
        mask = np.zeros((self.height, _even(width)), np.uint8)
        cv2.putText(mask, letter, (0, self._baseline), _FONT, self._scale, 255, self._weight, cv2.LINE_AA)
        return self._patch(mask)

    def _patch(self, mask: NDArray[np.uint8]) -> Patch:
        """Ink where the mask is 255, paper where it is 0; [height, width], even."""
        height, width = mask.shape
        share = mask.astype(np.float32) / 255
        quarter = share.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        y, cb, cr = (
            np.rint(paper + (ink - paper) * part).astype(np.uint8)
            for ink, paper, part in zip(self._ink, self._paper, (share, quarter, quarter), strict=True)
        )
        return Patch(y, np.stack([cb, cr]))


def _even(length: float) -> int:
    """The nearest even length, at least 2."""
    return max(2, 2 * round(length / 2))
