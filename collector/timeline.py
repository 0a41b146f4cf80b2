"""How a run went over time, in memory that does not grow with it: at most 600 points, be it a second or a week.

Guarantees that every frame counted is in exactly one point, whatever was merged. Begins with steps of a quarter of a
second; when a run outgrows its points, neighbours are merged in pairs and the step doubles (as RRDtool's archives
do, but of one resolution). Does NOT know clocks, streams or what a page makes of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

from collector.facts import Point, Recent
from collector.workforce import OTHERS
from common.rows import Status

POINTS_MAX: Final = 600
"""More than a chart on a page has pixels to show; a report of so many has some 100 kB."""

STEP_S: Final = 0.25

_FIGURES: Final = ("p50", "p95")


class _Cell:
    """What happened in one step.

    Attributes:
        statuses, workers: frames by ending, and by who inferred them.
        settled: frames that `weighted` and `maximum` speak of.
        weighted: by figure, the sum of milliseconds times frames.
        maximum: milliseconds.
    """

    __slots__ = ("maximum", "settled", "statuses", "weighted", "workers")

    def __init__(self) -> None:
        self.statuses: Final[Counter[Status]] = Counter()
        self.workers: Final[Counter[str]] = Counter()
        self.settled = 0
        self.weighted: Final = dict.fromkeys(_FIGURES, 0.0)
        self.maximum = 0.0

    def merge(self, other: _Cell) -> None:
        self.statuses.update(other.statuses)
        self.workers.update(other.workers)
        self.settled += other.settled
        self.maximum = max(self.maximum, other.maximum)
        for name in _FIGURES:
            self.weighted[name] += other.weighted[name]

    def point(self, t_s: float, seconds: float) -> Point:
        latency = {name: total / self.settled for name, total in self.weighted.items()} if self.settled else {}
        return Point(
            t_s=t_s,
            seconds=seconds,
            statuses={status: self.statuses[status] for status in Status},
            workers=dict(self.workers),
            settled=self.settled,
            latency_ms={**latency, "max": self.maximum} if self.settled else {},
        )


class Timeline:
    """Frames and latencies by when they were emitted or told.

    Args:
        points: how many there are at most; at least 2.
        step_s: what one of them spans at first.

    Attributes:
        step_s: what one of them spans by now.
    """

    def __init__(self, points: int = POINTS_MAX, step_s: float = STEP_S) -> None:
        self._points: Final = points
        self.step_s = step_s
        self._cells: dict[int, _Cell] = {}
        self._origin = math.inf

    def begin(self, now: float) -> None:
        """Let time count from here; only the first call counts."""
        self._origin = min(self._origin, now)

    def emitted(self, now: float, statuses: Mapping[Status, int], workers: Mapping[str, int]) -> None:
        """Count frames that go out, by ending and by who inferred them."""
        cell = self._cell(now)
        for status, frames in statuses.items():
            cell.statuses[status] += frames
        for name, frames in workers.items():
            cell.workers[name] += frames

    def retire(self, name: str) -> None:
        """Count a worker with the others from here on, and what it did before."""
        for cell in self._cells.values():
            frames = cell.workers.pop(name, 0)
            if frames:
                cell.workers[OTHERS] += frames

    def settled(self, now: float, recent: Recent) -> None:
        """Take the latencies of frames that a producer says were settled lately.

        Several producers' percentiles, and those of merged steps, cannot be pooled exactly: their mean, weighted by
        frames, stands for them. The maximum is exact.
        """
        if recent.frames:
            cell = self._cell(now)
            cell.settled += recent.frames
            cell.maximum = max(cell.maximum, recent.latency_ms.get("max", 0.0))
            for name in _FIGURES:
                cell.weighted[name] += recent.frames * recent.latency_ms.get(name, 0.0)

    def points(self, end_s: float) -> list[Point]:
        """The run so far, a point for each step up to the last frame at `end_s`; empty if nothing happened.

        The last one is between half a step and one and a half, so that its rate means something; what was told after
        the last frame belongs to it.
        """
        if not self._cells:
            return []
        count = max(1, math.floor(end_s / self.step_s + 0.5))
        cells = [_Cell() for _ in range(count)]
        for index, cell in self._cells.items():
            cells[min(index, count - 1)].merge(cell)
        starts = [index * self.step_s for index in range(count)]
        ends = [*starts[1:], max(end_s, starts[-1])]
        return [cell.point(start, end - start) for cell, start, end in zip(cells, starts, ends, strict=True)]

    def _cell(self, now: float) -> _Cell:
        self.begin(now)
        index = max(0, math.floor((now - self._origin) / self.step_s))
        while index >= self._points:
            self._halve()
            index //= 2
        cell = self._cells.get(index)
        if cell is None:
            cell = self._cells[index] = _Cell()
        return cell

    def _halve(self) -> None:
        """Merge neighbours, so that the same number of points spans twice the time."""
        self.step_s *= 2
        cells: dict[int, _Cell] = {}
        for index, cell in self._cells.items():
            cells.setdefault(index // 2, _Cell()).merge(cell)
        self._cells = cells
