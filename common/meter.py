"""Rates and durations, in memory that does not grow with the run.

A duration goes into a histogram of logarithmic buckets 3 % wide (as HDR histograms do), so a percentile is right to
3 % from a microsecond to an hour. It waits in a list until some have come, and their logarithms are taken at once: one
at a time, they cost more than all else that is done to count a frame. A rate counts events in a sliding window of
one-tenth buckets, and over all.
What this file does not know: clocks; every time and duration is an argument, in seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

import numpy as np

_GROWTH: Final = math.log(1.03)
_LEAST_S: Final = 1e-6
_BUCKETS: Final = 750
"""1.03 ** 750 microseconds are 71 minutes; longer durations fall into the last bucket."""


_WAITING_MAX: Final = 256
"""Durations that are sorted into buckets at a time."""


class Durations:
    """A distribution of durations in seconds."""

    __slots__ = ("_count", "_counts", "_maximum", "_total", "_waiting")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._count = 0
        self._total = 0.0
        self._maximum = 0.0
        self._waiting: list[float] = []

    def __repr__(self) -> str:
        return f"Durations({self.count}, mean {self.mean:.6f} s, max {self.maximum:.6f} s)"

    @property
    def count(self) -> int:
        """How many."""
        return self._count + len(self._waiting)

    @property
    def total(self) -> float:
        """Their sum in seconds."""
        self._sort()
        return self._total

    @property
    def maximum(self) -> float:
        """The longest in seconds; 0 before the first."""
        self._sort()
        return self._maximum

    @property
    def mean(self) -> float:
        """Mean in seconds; 0 before the first."""
        self._sort()
        return self._total / self._count if self._count else 0.0

    def add(self, seconds: float) -> None:
        """Count one duration; a negative one counts as 0."""
        self._waiting.append(seconds)
        if len(self._waiting) >= _WAITING_MAX:
            self._sort()

    def add_all(self, seconds: Iterable[float]) -> None:
        """Count several, as `add` does."""
        self._waiting.extend(seconds)
        if len(self._waiting) >= _WAITING_MAX:
            self._sort()

    def merge(self, other: Durations) -> None:
        """Count all that another one has counted."""
        self._sort()
        other._sort()
        self._count += other._count
        self._total += other._total
        self._maximum = max(self._maximum, other._maximum)
        for bucket, count in other._counts.items():
            self._counts[bucket] = self._counts.get(bucket, 0) + count

    def _sort(self) -> None:
        """Put those that wait into their buckets."""
        if not self._waiting:
            return
        seconds = np.maximum(np.array(self._waiting), 0.0)
        self._waiting.clear()
        self._count += len(seconds)
        self._total += float(seconds.sum())
        self._maximum = max(self._maximum, float(seconds.max()))
        buckets = np.ceil(np.log(np.maximum(seconds / _LEAST_S, 1.0)) / _GROWTH)
        for bucket in np.minimum(buckets, _BUCKETS - 1).astype(int).tolist():
            self._counts[bucket] = self._counts.get(bucket, 0) + 1

    def quantile(self, share: float) -> float:
        """Return the duration that `share` (0..1) of all do not exceed, to 3 %; 0 before the first."""
        return self.quantiles(share)[0]

    def quantiles(self, *shares: float) -> list[float]:
        """Return `quantile` of each of these shares, for little more than one of them costs."""
        self._sort()
        if self._count == 0:
            return [0.0] * len(shares)
        used = sorted(self._counts)
        seen = list(accumulate(self._counts[bucket] for bucket in used))
        buckets = [used[bisect_left(seen, max(1, math.ceil(share * self._count)))] for share in shares]
        return [min(_LEAST_S * math.exp(bucket * _GROWTH), self._maximum) for bucket in buckets]

    def summary_ms(self) -> dict[str, float]:
        """Return p50, p95, p99, max and mean in milliseconds."""
        p50, p95, p99 = self.quantiles(0.5, 0.95, 0.99)
        values = {"p50": p50, "p95": p95, "p99": p99, "max": self.maximum, "mean": self.mean}
        return {name: round(1000 * seconds, 3) for name, seconds in values.items()}


class Rate:
    """Events a second, over a sliding window and over all time.

    Args:
        window_s: length of the sliding window.
    """

    __slots__ = ("_buckets", "_width_s", "count", "first_at", "last_at", "window_s")

    def __init__(self, window_s: float = 2.0) -> None:
        self.window_s = window_s
        self._width_s = window_s / 10
        self._buckets: deque[tuple[int, int]] = deque()
        self.count = 0
        self.first_at = 0.0
        self.last_at = 0.0

    def add(self, now: float, events: int = 1) -> None:
        """Count events that happened at `now`; time never runs backwards."""
        if self.count == 0:
            self.first_at = now
        self.count += events
        self.last_at = now
        index = math.floor(now / self._width_s)
        if self._buckets and self._buckets[-1][0] == index:
            events += self._buckets.pop()[1]
        self._buckets.append((index, events))
        self._forget(now)

    def merge(self, other: Rate) -> None:
        """Count all that another one has counted; its window is forgotten, which is right for one that is over."""
        if other.count:
            self.first_at = min(self.first_at, other.first_at) if self.count else other.first_at
            self.last_at = max(self.last_at, other.last_at) if self.count else other.last_at
            self.count += other.count

    def recent(self, now: float) -> float:
        """Return events a second in the window that ends at `now` (or since the first, where that is later).

        It begins with a whole bucket, so it is up to a tenth shorter than `window_s`, and the rate is that of its
        true length.
        """
        begins = self._forget(now) * self._width_s
        span_s = max(now - max(begins, self.first_at), self._width_s)
        return sum(events for _, events in self._buckets) / span_s

    def overall(self) -> float:
        """Return events a second between the first and the last; 0 where that cannot be said."""
        span_s = self.last_at - self.first_at
        return (self.count - 1) / span_s if span_s > 0 else 0.0

    def _forget(self, now: float) -> int:
        """Drop what is out of the window, and return its first bucket's index."""
        oldest = math.floor((now - self.window_s) / self._width_s) + 1
        while self._buckets and self._buckets[0][0] < oldest:
            self._buckets.popleft()
        return oldest
