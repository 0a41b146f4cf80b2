"""When each frame of a video is shown, in whole ticks from its first frame. Pure.

Guarantees times that increase strictly and, wherever a row has a time stamp that follows its predecessor's, equal the
stamp's distance from the first one exactly (to a microsecond if the stream's clock is finer). What this file does not
know: who writes the times where.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Final

_COARSEST: Final = 1000
"""Ticks a second at least, so that frames without a time stamp fit between others."""

_FINEST: Final = 1_000_000
"""Ticks a second at most: a gap of 71 minutes fits into 32 bits."""

_SANE: Final = 2**61
"""A peer may claim any time; larger ones are taken for none, so that sums stay within 64 bits."""


class Ticks:
    """The clock of one stream's video.

    Attributes:
        scale: ticks a second; a multiple of the stream's own where that is at most 10^6.
        step: ticks of one nominal frame, at least 1.

    Args:
        time_base: seconds of one unit of a row's `pts`.
        rate: nominal frames a second, above 0.
    """

    def __init__(self, time_base: Fraction, rate: Fraction) -> None:
        units = time_base.denominator
        self.scale = units * ceil(_COARSEST / units) if units <= _FINEST else _FINEST
        self.step = max(1, round(self.scale / rate))
        self._ticks_a_unit = time_base * self.scale

    def place(self, pts: int | None, start: int, last: int | None) -> int:
        """The time of a frame.

        Args:
            pts: its time stamp in units of the stream; None where nobody knows it.
            start: the time stamp of frame 0.
            last: the time of the frame before; None for frame 0.
        """
        if last is None:
            return 0
        time = None if pts is None else floor((pts - start) * self._ticks_a_unit)
        if time is None or time > _SANE:
            return last + self.step
        return max(time, last + 1)
