"""Groups of the timeline's points: few, complete, and as wide as a curve needs them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.page_curves import GROUPS_MAX, Group, group_points, latency_curves, throughput_curve
from collector.report import build_report
from tests.unit.collector.runs import points, run


def groups_of(seconds: float, frames: int = 200) -> list[Group]:
    """The groups of a run of two workers."""
    facts = replace(run(), timeline=points(seconds, 2, frames), step_s=0.25)
    return group_points(build_report(facts)["timeline"])


@settings(max_examples=30)
@given(st.floats(0, 140), st.integers(1, 300))
def test_groups_hold_every_frame_once(seconds: float, frames: int) -> None:
    """They follow each other, and a page has room for them."""
    groups = groups_of(seconds, frames)
    assert sum(sum(group.frames.values()) for group in groups) == frames
    assert sum(sum(group.workers.values()) for group in groups) == frames
    assert 1 <= len(groups) <= GROUPS_MAX + 1
    assert all(before.end_s == pytest.approx(after.begin_s) for before, after in pairwise(groups))


def test_a_group_has_a_second_where_the_run_is_long_enough() -> None:
    """In less, a frame more or less would make the rate jump."""
    assert groups_of(60.0)[0].end_s == 1.0
    assert groups_of(3.0)[0].end_s == 0.25


def test_latencies_of_a_group_are_weighted_by_frames() -> None:
    """But for the greatest."""
    shared = {"seconds": 0.25, "ok": 1, "failed": 0, "dropped": 0, "workers": {}}
    told = [
        {"t_s": 0.0, "settled": 1, "latency_ms": {"p50": 10.0, "p95": 20.0, "max": 90.0}, **shared},
        {"t_s": 0.25, "settled": 3, "latency_ms": {"p50": 30.0, "p95": 40.0, "max": 50.0}, **shared},
        {"t_s": 0.5, "settled": 0, "latency_ms": {"p50": None, "p95": None, "max": None}, **shared},
    ]
    (group,) = group_points({"step_s": 0.02, "points": told})
    assert group.latency_ms == {"p50": 25.0, "p95": 35.0, "max": 90.0}


def test_nothing_has_no_groups() -> None:
    """A run that emitted nothing."""
    assert group_points({"step_s": 0.25, "points": []}) == []


def test_a_curve_is_told_under_the_pointer() -> None:
    """Times that hold frames which are not ok are marked."""
    told = throughput_curve(groups_of(60.0))
    assert "<title>1.00 s to 2.00 s: 3.00 FPS</title>" in told or "1.00 s to 2.00 s: 4.00 FPS" in told
    assert told.count('<rect y="975"') == 1
    assert "1 failed or dropped</title>" in told
    assert "p50 10.0 ms, p95 20.0 ms, max 4" in latency_curves(groups_of(60.0))


def test_a_time_without_figures_says_so() -> None:
    """A statistics document may be lost."""
    lost = [group._replace(latency_ms=None) if index == 3 else group for index, group in enumerate(groups_of(60.0))]
    assert latency_curves(lost).count(": no figure</title>") == 1
