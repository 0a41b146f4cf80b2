"""How many frames a worker wants to hold, and how long its engines keep completions, so that news has company.

The device must not wait for the producer's answer, so news goes out while it still has frames; the more it does in a
moment, the more it wants of them. Pure. What this file does not know: producers' shares, sessions, engines.
"""

from __future__ import annotations

import math
from typing import Final

from common import limits
from worker.pace import AT_ONCE, Pace

MEASURED_S: Final = 0.25
"""How long frames are counted before their rate is believed."""

_SPARE: Final = 1
"""Frames beyond those that keep a device busy when news goes out: it does them until others have come."""


class Appetite:
    """Of one worker; it counts what finishes."""

    def __init__(self) -> None:
        self._count = 0
        self._since = -math.inf
        self._rate = 0.0  # frames a second

    def __repr__(self) -> str:
        return f"Appetite({self._rate:.1f} frames a second)"

    def finished(self, frames: int, now: float) -> None:
        """Count frames that came out of the engines."""
        self._count += frames
        if now - self._since >= MEASURED_S:
            self._rate = self._count / (now - self._since)
            self._count, self._since = 0, now

    def ahead(self, requests: int, depth: int, patience_s: float) -> int:
        """Return how many frames are wanted beyond those that keep an engine busy.

        Args:
            requests: how many keep it busy.
            depth: how many it takes.
            patience_s: how long news may wait for company, more than 0.
        """
        company = max(1, min(limits.BATCH_MAX, math.ceil(self._rate * patience_s)))
        return max(_SPARE, min(depth - requests, _SPARE + company))


def pace(requests: int, patience_s: float, *, sated: bool) -> Pace:
    """Return when engines tell of completions.

    Args:
        requests: how many frames keep them busy.
        patience_s: how long news may wait for company.
        sated: whether the worker has all that it asked for, so that no more comes before it tells of some.
    """
    if not patience_s:
        return AT_ONCE
    return Pace(requests + _SPARE if sated else max(0, requests - 1), patience_s)
