"""Runs for the tests of reports: facts, and a timeline that was really counted."""

from __future__ import annotations

import json

import jsonschema

from collector.facts import Point, Recent, RunFacts, StreamFacts, WorkerFacts
from collector.report import Report
from collector.timeline import Timeline
from common.rows import Ending, Status
from vinofleet.schema import schema_text

TIMES = {"p50": 10.0, "p95": 20.0, "p99": 30.25, "max": 40.0}
SCHEMA = json.loads(schema_text("report"))


def check_schema(report: Report) -> None:
    """Fail unless the report is what `vinofleet schema report` says."""
    jsonschema.validate(report, SCHEMA)


def run(*streams: StreamFacts, seconds: float = 10.0) -> RunFacts:
    """A run of these streams."""
    return RunFacts(
        command=["vinofleet", "collector"],
        started="2026-01-02T03:04:05+00:00",
        seconds=seconds,
        fps=79.0,
        transport="shm",
        streams=streams,
        workers=[WorkerFacts("w1", "CPU", 790, {"infer": TIMES}, "shm", 79.0)],
        latency_ms=TIMES,
        stages_ms={"decode": TIMES, "render": {}},
        redispatched=3,
        refused={"wrong_job": 2},
        step_s=0.25,
        timeline=points(seconds, workers=2) if streams else (),
        outputs=["out.jsonl"],
    )


def stream(name: str = "clip", captured: int = 795, ok: int = 790) -> StreamFacts:
    """A stream that ended; five of its frames are not ok."""
    counts = {(Status.OK, ""): ok, (Status.FAILED, "poison"): 1, (Status.DROPPED, "interrupted"): 4}
    return StreamFacts(name, "clip.mp4", Ending.INTERRUPTED, "ctrl-c", captured, counts)


def points(seconds: float, workers: int, frames: int = 200) -> list[Point]:
    """A timeline of so many frames that workers took in turns, one of them failed."""
    timeline = Timeline()
    timeline.begin(0.0)
    for frame in range(frames):
        now = seconds * frame / max(1, frames - 1)
        status = Status.FAILED if frame == frames // 2 else Status.OK
        timeline.emitted(now, {status: 1}, {f"w{frame % workers + 1}": 1})
        timeline.settled(now, Recent(1, {"p50": 10.0, "p95": 20.0, "max": 40.0 + frame}))
    return timeline.points(seconds)
