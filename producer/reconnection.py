"""When a source that gives nothing any more is opened again, and what time it is in it then. Pure.

What this file does not know: how it is opened; whose clock it is: every time is an argument, in seconds.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

BACKOFF_FIRST_S: Final = 0.5
BACKOFF_MOST_S: Final = 3.0
"""A camera that is back is seen within so long; an attempt costs a connection."""

GIVE_UP_S: Final = 30.0
"""So long a recording is tried for without a new frame; what has no end is tried for ever."""

LEAP_S: Final = 60.0
"""A frame whose timestamp leaps so far ahead of the time that passed shows that its camera's clock was set."""


class Reconnection:
    """The attempts of one source.

    Args:
        live: whether it has no end.
        now: when it was first there.
    """

    def __init__(self, now: float, *, live: bool) -> None:
        self._live: Final = live
        self._last_at = now
        self._wait_s = BACKOFF_FIRST_S
        self.lost = False
        """Whether nothing has come since it failed."""

    def __repr__(self) -> str:
        return f"Reconnection({'lost' if self.lost else 'well'}, silent since {self._last_at})"

    def came(self, now: float) -> bool:
        """Note a frame; True if it is the first one since it failed."""
        was_lost, self.lost = self.lost, False
        self._last_at = now
        self._wait_s = BACKOFF_FIRST_S
        return was_lost

    def asked(self, now: float) -> None:
        """Note that the next frame is wanted: until now nobody listened, and silence meant nothing."""
        self._last_at = now

    def failed(self, now: float) -> float | None:
        """Note that it failed, or did again; the seconds to wait before it is opened anew, None to give it up."""
        self.lost = True
        if not self._live and now - self._last_at >= GIVE_UP_S:
            return None
        wait_s, self._wait_s = self._wait_s, min(BACKOFF_MOST_S, 2 * self._wait_s)
        return wait_s

    def silent_s(self, now: float) -> float:
        """Since when nothing has come."""
        return now - self._last_at


class LiveTimeline:
    """The timestamps of a live source over all its connections: within one its own, between two the time that passed.

    Args:
        time_base: seconds of one unit of what comes out.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._time_base: Final = time_base
        self._last = -1
        self._last_at = 0.0
        self._base = 0
        self._began: int | None = None

    def connected(self) -> None:
        """Note that another connection begins, with a time of its own."""
        self._began = None

    def place(self, pts: int | None, time_base: Fraction, now: float) -> int:
        """The timestamp of the next frame, later than that of the one before.

        Args:
            pts: its own in its connection; None where that means nothing, and when it came is what counts.
            time_base: seconds of one unit of `pts`.
            now: when it came.
        """
        passed = 0 if self._last < 0 else self._last + max(1, round((now - self._last_at) / self._time_base))
        if pts is not None:
            if self._began is None:
                self._began, self._base = pts, passed
            own = self._base + round((pts - self._began) * time_base / self._time_base)
            if own > passed + LEAP_S / self._time_base:
                self._began, self._base = pts, passed
            else:
                passed = own
        self._last = max(self._last + 1, passed)
        self._last_at = now
        return self._last
