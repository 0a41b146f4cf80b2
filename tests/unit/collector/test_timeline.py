"""The timeline: nothing is lost by merging, and it never has more points than it may."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.facts import Point, Recent
from collector.timeline import POINTS_MAX, STEP_S, Timeline
from collector.workforce import OTHERS
from common.rows import Status

TEN_HOURS_S = 36_000.0


class Emission(NamedTuple):
    """Frames that go out, some seconds after those before."""

    after_s: float
    statuses: dict[Status, int]
    workers: dict[str, int]
    settled: int


def counts(keys: list[str]) -> st.SearchStrategy[dict[str, int]]:
    """Frames by any of these."""
    return st.dictionaries(st.sampled_from(keys), st.integers(1, 100), max_size=3)


EMISSIONS = st.lists(
    st.builds(
        Emission,
        st.floats(0, 1e6) | st.floats(0, 3),
        st.dictionaries(st.sampled_from(list(Status)), st.integers(1, 100), max_size=3),
        counts([f"w{number}" for number in range(80)]),
        st.integers(0, 50),
    ),
    min_size=1,
)


def total(points: list[Point]) -> tuple[Counter[Status], int, int]:
    """Frames by ending, frames of workers, and frames with a latency."""
    statuses: Counter[Status] = Counter()
    for point in points:
        statuses.update(point.statuses)
    return +statuses, sum(sum(point.workers.values()) for point in points), sum(point.settled for point in points)


@given(EMISSIONS, st.integers(2, 20))
def test_totals_are_conserved_whatever_is_merged(emissions: list[Emission], most: int) -> None:
    """Each frame is in one point, points follow each other without a gap, and there are never too many."""
    timeline, now = Timeline(points=most), 5.0
    timeline.begin(now)
    statuses: Counter[Status] = Counter()
    for emission in emissions:
        now += emission.after_s
        timeline.emitted(now, emission.statuses, emission.workers)
        timeline.settled(now, Recent(emission.settled, {"p50": 1.0, "p95": 2.0, "max": 3.0}))
        statuses.update(emission.statuses)
    points = timeline.points(now - 5.0)
    frames = sum(sum(emission.workers.values()) for emission in emissions)
    assert total(points) == (statuses, frames, sum(emission.settled for emission in emissions))
    assert 1 <= len(points) <= most
    assert [point.t_s for point in points] == [index * timeline.step_s for index in range(len(points))]
    assert points[-1].t_s + points[-1].seconds == pytest.approx(max(now - 5.0, points[-1].t_s))


@given(st.lists(st.tuples(st.integers(1, 9), st.floats(0, 1e9)), min_size=1))
def test_merged_latencies_lie_between_those_merged(recents: list[tuple[int, float]]) -> None:
    """The maximum is theirs; the rest is a mean."""
    timeline = Timeline(points=2)
    for number, (frames, latency) in enumerate(recents):
        timeline.settled(float(number), Recent(frames, {"p50": latency, "p95": latency, "max": latency}))
    (point,) = timeline.points(0.0)
    latencies = [latency for _, latency in recents]
    assert point.latency_ms["max"] == max(latencies)
    assert min(latencies) == pytest.approx(min(*latencies, point.latency_ms["p50"]))
    assert point.latency_ms["p95"] <= max(latencies) * (1 + 1e-9)


def test_ten_hours_fit() -> None:
    """The step is then about two minutes, and the rate is what it was."""
    timeline = Timeline()
    for second in range(0, int(TEN_HOURS_S) + 1, 10):
        timeline.emitted(float(second), {Status.OK: 250}, {"w": 250})
    points = timeline.points(TEN_HOURS_S)
    assert POINTS_MAX / 2 <= len(points) <= POINTS_MAX
    assert timeline.step_s == 64.0
    assert points[1].workers["w"] / points[1].seconds == pytest.approx(25, rel=0.2)


def test_a_short_run_has_one_point_as_long_as_itself() -> None:
    """A tenth of a second is no quarter of one."""
    timeline = Timeline()
    timeline.emitted(10.0, {Status.OK: 1}, {})
    timeline.emitted(10.1, {Status.OK: 2}, {})
    (point,) = timeline.points(0.1)
    assert (point.seconds, point.statuses[Status.OK]) == (0.1, 3)


def test_the_last_point_is_not_a_splinter() -> None:
    """A rest of less than half a step belongs to the point before it."""
    timeline = Timeline()
    timeline.begin(0.0)
    for now in (0.0, STEP_S, 2.1 * STEP_S):
        timeline.emitted(now, {Status.OK: 1}, {})
    assert [(point.seconds / STEP_S, point.statuses[Status.OK]) for point in timeline.points(2.1 * STEP_S)] == [
        (1.0, 1),
        (pytest.approx(1.1), 2),
    ]


def test_nothing_has_no_points() -> None:
    """A run that emitted nothing and heard nothing."""
    timeline = Timeline()
    timeline.begin(3.0)
    timeline.settled(4.0, Recent())
    assert timeline.points(0.0) == []


def test_a_worker_that_is_retired_is_counted_with_the_others_in_every_point() -> None:
    """Restarted workers with new names do not make the report grow."""
    timeline = Timeline()
    for second in range(2):
        timeline.emitted(float(second), {}, {"w1": 2, "w2": 3})
    for name in ("w1", "w2", "w3"):
        timeline.retire(name)
    timeline.emitted(1.0, {}, {"w4": 1})
    assert [point.workers for point in timeline.points(1.0) if point.workers] == [{OTHERS: 5}, {OTHERS: 5, "w4": 1}]
