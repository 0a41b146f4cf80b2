"""What a simulated process takes for the time: its host's clock, which began somewhere and goes wrong, and its leaps.

A process never sees the world's time, and a deadline that it names is one on its own clock.
What this file does not know: who reads it, and when it leaps.
"""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

_START_MAX_S: Final = 100_000.0
_DRIFT_MAX: Final = 200e-6


class HostClock(NamedTuple):
    """Seconds at the world's beginning, and how many pass in one of the world's."""

    start_s: float
    rate: float

    @classmethod
    def some(cls, rng: Random) -> HostClock:
        """One as a seed decides."""
        return cls(rng.uniform(0, _START_MAX_S), 1 + rng.uniform(-_DRIFT_MAX, _DRIFT_MAX))


class Clock:
    """A process's clock.

    Args:
        host: the clock of its machine.
    """

    __slots__ = ("_due", "_due_at", "_rate", "_start_s")

    def __init__(self, host: HostClock) -> None:
        self._start_s, self._rate = host
        self._due = self._due_at = float("inf")

    def read(self, at: float) -> float:
        """What it shows at a time of the world; a deadline that has come is never still a rounding error away."""
        shown = at * self._rate + self._start_s
        return self._due if at >= self._due_at and shown < self._due else shown

    def comes_at(self, due: float) -> float:
        """When in the world it shows a time; remembered until asked again."""
        self._due = due
        self._due_at = (due - self._start_s) / self._rate
        return self._due_at

    def leap(self, seconds: float) -> None:
        """Go on later, as after a suspend."""
        self._start_s += seconds
