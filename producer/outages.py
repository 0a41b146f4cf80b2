"""When a source gave nothing: how often, for how long in all, for how long at most. Pure.

What this file does not know: why, and whose clock it is: every time is an argument, in seconds.
"""

from __future__ import annotations


class Outages:
    """The outages of one source, of which the last may still go on.

    Attributes:
        count: how many began.
        since: when the present one began; None while all is well.
    """

    def __init__(self) -> None:
        self.count = 0
        self.since: float | None = None
        self._total_s = 0.0
        self._longest_s = 0.0

    def __repr__(self) -> str:
        return f"Outages({self.count}, {self._total_s:.1f} s, since {self.since})"

    def begin(self, since: float) -> None:
        """Note that nothing has come since then; one that goes on goes on."""
        if self.since is None:
            self.count += 1
            self.since = since

    def end(self, now: float) -> float:
        """Note that it is over, and say how long it was; 0 where there was none."""
        away_s = self.away_s(now)
        self._total_s += away_s
        self._longest_s = max(self._longest_s, away_s)
        self.since = None
        return away_s

    def away_s(self, now: float) -> float:
        """How long the present one has lasted; 0 where there is none."""
        return 0.0 if self.since is None else max(0.0, now - self.since)

    def figures(self, now: float) -> dict[str, float]:
        """How many there were, the seconds of all together and of the longest, the present one included."""
        away_s = self.away_s(now)
        total_s, longest_s = self._total_s + away_s, max(self._longest_s, away_s)
        return {"count": self.count, "total_s": round(total_s, 3), "longest_s": round(longest_s, 3)}
