"""The report: its schema, its sums, its last line, and that it appears in one step."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.facts import RunFacts, StreamFacts, WorkerFacts
from collector.report import build_report, conserved, summary_lines, write_report
from common.errors import OutputError
from common.rows import Ending, Status

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/report.schema.json").read_text())
TIMES = {"p50": 10.0, "p95": 20.0, "p99": 30.25, "max": 40.0}


def run(*streams: StreamFacts, seconds: float = 10.0) -> RunFacts:
    """A run of these streams."""
    return RunFacts(
        command=["vinofleet", "collector"],
        started="2026-01-02T03:04:05+00:00",
        seconds=seconds,
        fps=79.0,
        transport="shm",
        streams=streams,
        workers=[WorkerFacts("w1", "CPU", 790, {"infer": TIMES}, "shm")],
        latency_ms=TIMES,
        stages_ms={"decode": TIMES, "render": {}},
        redispatched=3,
        refused={"wrong_job": 2},
    )


def stream(name: str = "clip", captured: int = 795, ok: int = 790) -> StreamFacts:
    """A stream that ended; five of its frames are not ok."""
    counts = {(Status.OK, ""): ok, (Status.FAILED, "poison"): 1, (Status.DROPPED, "interrupted"): 4}
    return StreamFacts(name, "clip.mp4", Ending.INTERRUPTED, "ctrl-c", captured, counts)


@pytest.mark.parametrize("facts", [run(stream(), stream("b")), run(), run(stream(), seconds=0.0)])
def test_a_report_fits_the_schema(facts: RunFacts) -> None:
    """With streams, without any, and without a duration."""
    jsonschema.validate(build_report(facts), SCHEMA)


def test_sums_go_over_all_streams() -> None:
    """Frames and reasons add up; what was not measured is null."""
    report = build_report(run(stream(), stream("b")))
    assert report["frames"] == {"captured": 1590, "ok": 1580, "failed": 2, "dropped": 8}
    assert report["reasons"] == {"dropped(interrupted)": 8, "failed(poison)": 2}
    assert report["fps"] == 79.0
    assert report["stages_ms"]["render"] == dict.fromkeys(("p50", "p95", "p99", "max"))
    assert report["latency_ms"] == TIMES


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
    assert summary_lines(build_report(run(stream()))) == [
        "stream clip: interrupted (ctrl-c), 790 of 795 frames ok",
        "worker w1 (CPU): 790 frames",
        "79.0 FPS over 10.0 s",
        "latency ms: p50 10.0, p95 20.0, p99 30.2, max 40.0",
        "dropped(interrupted): 4",
        "failed(poison): 1",
        "sent again 3, hedged 0",
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
    jsonschema.validate(report, SCHEMA)
    assert summary_lines(report) == ["captured 0 = ok 0 + failed 0 + dropped 0"]


def test_a_report_replaces_the_last_one(tmp_path: Path) -> None:
    """What is written is read back, and nothing else is left in the folder."""
    path = tmp_path / "report.json"
    path.write_text("old")
    report = build_report(run(stream()))
    write_report(report, path)
    assert json.loads(path.read_text()) == report
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_cannot_be_written_leaves_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing disk is named, and neither half a file nor a rest remains."""
    path = tmp_path / "report.json"
    path.write_text("old")

    def broken(handle: int) -> None:
        del handle
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OutputError, match=r"report\.json cannot be written .Input/output error"):
        write_report(build_report(run(stream())), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(OutputError, match="create the folder"):
        write_report(build_report(run()), tmp_path / "no" / "report.json")
