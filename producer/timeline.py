"""Timestamps that a player would accept: every frame has one, and each is later than the one before.

Exact where the file is sane: a timestamp that is present and later than the last is passed on unchanged, so variable
frame rates survive. The rules for the rest are in `Timeline.place`. Pure.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

ASSUMED_RATE: Final = Fraction(25)
"""Frames a second where the container says nothing and a timestamp is missing."""

JUMP_S: Final = 1
"""A timestamp further back than this is a clock that was set back (a joined transport stream), not a late frame."""

_SANE: Final = 2**61
"""A damaged file may claim any 64-bit number; beyond this, sums could leave 64 bits."""


class Timeline:
    """The timestamps of one stream.

    Args:
        time_base: seconds of one unit.
        rate: nominal frames a second, or 0 where unknown.
    """

    def __init__(self, time_base: Fraction, rate: Fraction) -> None:
        self._step = max(1, round(1 / ((rate or ASSUMED_RATE) * time_base)))
        self._jump = max(self._step, round(JUMP_S / time_base))
        self._shift = 0
        self._last: int | None = None

    def place(self, pts: int | None) -> int:
        """The timestamp of the next frame in presentation order.

        - Missing (None) or absurd: one nominal frame after the last; 0 for the first frame.
        - Not later than the last, by at most JUMP_S: one unit after the last.
        - Earlier by more: the clock was set back; this frame comes one nominal frame after the last, and those that
          follow keep their distance to it.
        """
        if pts is not None and abs(pts) > _SANE:
            pts = None
        if self._last is None:
            self._last = pts or 0
        elif pts is None:
            self._last += self._step
        else:
            self._last = self._after(self._last, pts)
        return self._last

    def _after(self, last: int, pts: int) -> int:
        placed = pts + self._shift
        if placed > last:
            return placed
        if last - placed <= self._jump:
            return last + 1
        self._shift = last + self._step - pts
        return last + self._step
