"""How long a fetch waits for what, and when a body that trickles counts as one that has stopped.

What this file does not know: what is fetched, and from where. Times are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SLOWEST_BYTES_PER_S: Final = 1024
"""A body that comes slower than this for `stall_s` has stopped."""

PAUSE_MAX_S: Final = 30.0
"""However often a file was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Bounds of one file's fetch.

    Attributes:
        tries: how often it is tried in all.
        connect_s: seconds that a connection may take.
        stall_s: seconds that may pass without a byte, or with fewer than `SLOWEST_BYTES_PER_S`.
        pause_s: seconds before the second try; each further pause is twice as long, up to `PAUSE_MAX_S`.
    """

    tries: int = 4
    connect_s: float = 10.0
    stall_s: float = 20.0
    pause_s: float = 0.5

    def pause(self, tried: int) -> float:
        """Seconds to wait after so many tries, one or more."""
        return min(PAUSE_MAX_S, self.pause_s * 2.0 ** (tried - 1))


class Flow:
    """Watches how fast a body comes.

    Args:
        stall_s: the span that is judged as a whole.
        now: seconds on a clock that never goes back.
    """

    def __init__(self, stall_s: float, now: float) -> None:
        self._stall_s: Final = stall_s
        self._since = now
        self._came = 0

    def __repr__(self) -> str:
        return f"Flow({self._came} bytes since {self._since})"

    def has_stopped(self, nbytes: int, now: float) -> bool:
        """Take note of some bytes; tell whether the span that ends with them had too few."""
        self._came += nbytes
        if now - self._since < self._stall_s:
            return False
        too_few = self._came < SLOWEST_BYTES_PER_S * (now - self._since)
        self._since, self._came = now, 0
        return too_few
