"""The curves of the report's page: the timeline's points in groups that are wide enough to be smooth.

Does NOT know what a page looks like besides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from collector.charts import Hint, Series, curves
from collector.markup import Html
from collector.quantities import count_text, duration_text, fps_text, ms_text

GROUPS_MAX: Final = 120
"""More would be closer than the finger or the pointer that asks for one."""

SMOOTH_S: Final = 1.0
"""Fewer frames than a second's make a rate jump; runs of less than a dozen seconds have a dozen groups."""

STATS_GAP_S: Final = 2.5
"""Producers tell latencies each second: a gap in the curve is more than one of these missing."""


class Group(NamedTuple):
    """Points of the timeline that follow each other.

    Attributes:
        begin_s, end_s: seconds since the first stream's opening.
        frames: by ending.
        workers: frames by who inferred them.
        latency_ms: p50 and p95 as means weighted by frames, max exactly; None if no producer said.
    """

    begin_s: float
    end_s: float
    frames: dict[str, int]
    workers: dict[str, int]
    latency_ms: dict[str, float] | None

    @property
    def fps(self) -> float | None:
        """Its ok frames a second; None if it has no length."""
        return self._rate(self.frames["ok"])

    @property
    def middle_s(self) -> float:
        """Where its figures are drawn."""
        return (self.begin_s + self.end_s) / 2

    def rate_of(self, worker: str) -> float:
        """Frames a second of one worker."""
        return self._rate(self.workers.get(worker, 0)) or 0.0

    def _rate(self, frames: int) -> float | None:
        return frames / (self.end_s - self.begin_s) if self.end_s > self.begin_s else None


def group_points(timeline: dict[str, Any]) -> list[Group]:
    """The timeline of a report in at most `GROUPS_MAX` groups (and one for a rest)."""
    points = timeline["points"]
    if not points:
        return []
    span_s = points[-1]["t_s"] + points[-1]["seconds"]
    least_s = max(span_s / GROUPS_MAX, min(SMOOTH_S, span_s / 12))
    size = max(1, math.ceil(least_s / timeline["step_s"] - 1e-9))
    return [_group(points[index : index + size]) for index in range(0, len(points), size)]


def throughput_curve(groups: Sequence[Group]) -> Html:
    """Frames a second over time; times with frames that are not ok are marked."""
    points = [(group.middle_s, group.fps) for group in groups if group.fps is not None]
    series = Series("ok", "one", points, gap_s=math.inf)
    hints = [Hint(group.begin_s, group.end_s, _throughput_text(group), _not_ok(group) > 0) for group in groups]
    return curves("Throughput", "frames a second", [series], hints, groups[-1].end_s)


def latency_curves(groups: Sequence[Group]) -> Html:
    """Latency over time, p50 and p95."""
    told = [(group.middle_s, group.latency_ms) for group in groups if group.latency_ms is not None]
    gap_s = max(STATS_GAP_S, 2.5 * (groups[0].end_s - groups[0].begin_s))
    series = [
        Series(name, style, [(at, latency[name]) for at, latency in told], gap_s)
        for name, style in (("p50", "one"), ("p95", "two"))
    ]
    hints = [Hint(group.begin_s, group.end_s, _latency_text(group)) for group in groups]
    return curves("Latency", "milliseconds from capture to the written row", series, hints, groups[-1].end_s)


def _group(points: Sequence[dict[str, Any]]) -> Group:
    settled = sum(point["settled"] for point in points)
    told = [(point["settled"], point["latency_ms"]) for point in points if point["settled"]]
    latency = None
    if told:
        latency = {name: sum(n * figures[name] for n, figures in told) / settled for name in ("p50", "p95")}
        latency["max"] = max(figures["max"] for _, figures in told)
    workers: dict[str, int] = {}
    for point in points:
        for name, frames in point["workers"].items():
            workers[name] = workers.get(name, 0) + frames
    return Group(
        begin_s=points[0]["t_s"],
        end_s=points[-1]["t_s"] + points[-1]["seconds"],
        frames={name: sum(point[name] for point in points) for name in ("ok", "failed", "dropped")},
        workers=workers,
        latency_ms=latency,
    )


def _not_ok(group: Group) -> int:
    return group.frames["failed"] + group.frames["dropped"]


def _time_text(group: Group) -> str:
    return f"{duration_text(group.begin_s)} to {duration_text(group.end_s)}"


def _throughput_text(group: Group) -> str:
    not_ok = f", {count_text(_not_ok(group))} failed or dropped" if _not_ok(group) else ""
    return f"{_time_text(group)}: {fps_text(group.fps)}{not_ok}"


def _latency_text(group: Group) -> str:
    if group.latency_ms is None:
        return f"{_time_text(group)}: no figure"
    return f"{_time_text(group)}: " + ", ".join(f"{name} {ms_text(ms)}" for name, ms in group.latency_ms.items())
