"""The report: its schema, its sums, and its last line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.facts import Point, RunFacts, WorkerFacts
from collector.report import build_report, conserved, summary_lines
from common.rows import Status
from tests.unit.collector.runs import TIMES, check_schema, run, stream


@pytest.mark.parametrize("facts", [run(stream(), stream("b")), run(), run(stream(), seconds=0.0)])
def test_a_report_fits_the_schema(facts: RunFacts) -> None:
    """With streams, without any, and without a duration."""
    check_schema(build_report(facts))


def test_sums_go_over_all_streams() -> None:
    """Frames and reasons add up; what was not measured is null."""
    report = build_report(run(stream(), stream("b")))
    assert report["frames"] == {"captured": 1590, "ok": 1580, "failed": 2, "dropped": 8}
    assert report["reasons"] == {"dropped(interrupted)": 8, "failed(poison)": 2}
    assert report["fps"] == 79.0
    assert report["stages_ms"]["render"] == dict.fromkeys(("p50", "p95", "p99", "max"))
    assert report["latency_ms"] == TIMES


def test_rates_and_shares_are_null_or_nothing_without_frames() -> None:
    """What cannot be divided is not invented."""
    (worker,) = build_report(replace(run(), workers=[WorkerFacts("idle", "CPU", 0)]))["workers"]
    assert (worker["share"], worker["fps"]) == (0.0, None)
    (clip,) = build_report(run(stream()))["streams"]
    assert (clip["fps"], clip["latency_ms"]["p50"], clip["stages_ms"]) == (None, None, {})


def test_a_point_of_the_timeline_is_flat_but_for_latency_and_workers() -> None:
    """A table can be made of it; a point without length has no rate, one without figures nulls."""
    some = Point(1.0, 0.5, {Status.OK: 12, Status.FAILED: 1, Status.DROPPED: 0}, {"b": 7, "a": 5}, 3, TIMES)
    none = Point(1.5, 0.0, dict.fromkeys(Status, 0), {}, 0, {})
    timeline = build_report(replace(run(), step_s=0.5, timeline=[some, none]))["timeline"]
    assert timeline["step_s"] == 0.5
    first, last = timeline["points"]
    assert first == {
        "t_s": 1.0,
        "seconds": 0.5,
        "ok": 12,
        "failed": 1,
        "dropped": 0,
        "fps": 24.0,
        "settled": 3,
        "latency_ms": {"p50": 10.0, "p95": 20.0, "max": 40.0},
        "workers": {"a": 5, "b": 7},
    }
    assert (last["fps"], last["latency_ms"]) == (None, {"p50": None, "p95": None, "max": None})


@given(ok=st.integers(0, 10), captured=st.integers(0, 20))
def test_conservation_is_stated_either_way(ok: int, captured: int) -> None:
    """The last line of the summary is the equation, and it does not hide that it is wrong."""
    report = build_report(run(stream(captured=captured, ok=ok)))
    assert conserved(report) is (captured == ok + 5)
    sign = "=" if captured == ok + 5 else "!="
    assert summary_lines(report)[-1] == f"captured {captured} {sign} ok {ok} + failed 1 + dropped 4"


def test_errors_of_two_streams_do_not_cancel() -> None:
    """A frame too many here and one too few there is no conservation."""
    assert not conserved(build_report(run(stream(captured=796), stream("b", captured=794))))


def test_the_summary_is_for_people() -> None:
    """Streams, workers, speed, latency, reasons, and the equation last."""
    assert summary_lines(build_report(replace(run(stream()), outputs=("out.jsonl", "out.mp4")))) == [
        "stream clip: interrupted (ctrl-c), 790 of 795 frames ok",
        "worker w1 (CPU): 790 frames",
        "79.0 FPS over 10.0 s",
        "latency ms: p50 10.0, p95 20.0, p99 30.2, max 40.0",
        "dropped(interrupted): 4",
        "failed(poison): 1",
        "sent again 3, hedged 0, never answered 0, results that came too late 0",
        "written: out.jsonl, out.mp4",
        "captured 795 = ok 790 + failed 1 + dropped 4",
    ]


def test_a_reason_that_says_no_more_than_the_ending_is_not_said_twice() -> None:
    """The producer's reason for an interrupted stream is that it was interrupted."""
    facts = replace(stream(), reason="interrupted")
    assert summary_lines(build_report(run(facts)))[0] == "stream clip: interrupted, 790 of 795 frames ok"


def test_a_run_without_frames_has_a_summary() -> None:
    """Nothing is divided by nothing."""
    facts = RunFacts([], "2026-01-02T03:04:05+00:00", 0.0, 0, "", [], [], {"p50": float("nan")}, {})
    report = build_report(facts)
    check_schema(report)
    assert summary_lines(report) == ["captured 0 = ok 0 + failed 0 + dropped 0"]
