"""When a recorded frame is due if its source is played as a camera would: by its timestamps, on one clock.

A source that cannot keep up is played on at once, without a pause, until it is in time again; how far behind it is, is
told in steps that double. A gap in the timestamps is no pause but a joint: nobody waits long for it.
What this file does not know: threads, slots, whose clock it is; every time is an argument, in seconds.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

GAP_MAX_S: Final = 10.0
"""The longest pause between two frames that is played."""

TOLD_S: Final = 1.0
"""Who is less behind than that is not worth a line; who was in time again by less than half of it is told anew."""


class Pace:
    """The pace of one source.

    Args:
        time_base: seconds of one unit of `pts`.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._time_base: Final = time_base
        self._due_at: float | None = None
        self._pts = 0
        self._tell_at_s = TOLD_S

    def __repr__(self) -> str:
        return f"Pace(frame of pts {self._pts} was due at {self._due_at})"

    def due_at(self, pts: int, now: float) -> float:
        """Return when the next frame is to be captured; the first one is at once. May lie in the past."""
        if self._due_at is None:
            self._due_at = now
        else:
            self._due_at += min(float((pts - self._pts) * self._time_base), GAP_MAX_S)
        self._pts = pts
        return self._due_at

    def behind(self, now: float) -> float | None:
        """Return by how many seconds the present frame is late, where that is news; None where it is not."""
        late_s = 0.0 if self._due_at is None else now - self._due_at
        if late_s >= self._tell_at_s:
            while self._tell_at_s <= late_s:
                self._tell_at_s *= 2
            return late_s
        if late_s < TOLD_S / 2:
            self._tell_at_s = TOLD_S
        return None


class Brake:
    """The pace of a source that waits: any, but no more than so many frames a second.

    Args:
        rate: so many.
    """

    def __init__(self, rate: Fraction) -> None:
        self._pause_s: Final = float(1 / rate)
        self._due_at: float | None = None

    def __repr__(self) -> str:
        return f"Brake(a frame each {self._pause_s:.3f} s)"

    def due_at(self, _pts: int, now: float) -> float:
        """Return when the next frame is to be captured; who is late is not in a hurry for it."""
        self._due_at = now if self._due_at is None else max(now, self._due_at + self._pause_s)
        return self._due_at

    def behind(self, _now: float) -> float | None:
        """Nobody waits for such a source."""
        return None
