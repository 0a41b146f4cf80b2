"""What a report says that is not about the machine: plain values, filled in by the core, written by `report.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from common.rows import Ending, Status

Summary = Mapping[str, float]
"""Of one duration in milliseconds: p50, p95, p99, max; empty if it was never measured."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Latencies of the frames that were settled since a producer said so last.

    Attributes:
        frames: how many they are.
        latency_ms: p50, p95 and max; empty if there is none.
    """

    frames: int = 0
    latency_ms: Summary = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a run's time.

    Attributes:
        t_s: its beginning, in seconds since the first stream's opening.
        seconds: its length.
        statuses: frames that were emitted in it, by how they ended.
        workers: frames that were inferred, by worker; `(others)` beyond the latest 64.
        settled: frames that `latency_ms` speaks of.
        latency_ms: p50, p95 and max, see `Timeline.settled`; empty if no producer said.
    """

    t_s: float
    seconds: float
    statuses: Mapping[Status, int]
    workers: Mapping[str, int]
    settled: int
    latency_ms: Summary


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream's part of a run.

    Attributes:
        name, source: as in its header.
        ending, reason: how it ended; None if it did not.
        captured: frames that its producer numbered.
        counts: emitted frames by status and reason, as in `Recovered.counts`.
        epoch: of the producer's last incarnation.
        resumed_at: the first frame that this process emitted; 0 unless it continued an earlier run.
        fps: as in `RunFacts`, of this stream.
        latency_ms, stages_ms: what its producer measured; empty if it did not say.
        outages: `count`, `total_s` and `longest_s` of the times when its source gave nothing; empty without any.
    """

    name: str
    source: str
    ending: Ending | None
    reason: str
    captured: int
    counts: Mapping[tuple[Status, str], int]
    epoch: int = 0
    resumed_at: int = 0
    fps: float = 0.0
    latency_ms: Summary = field(default_factory=dict)
    stages_ms: Mapping[str, Summary] = field(default_factory=dict)
    outages: Summary = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wire:
    """What went to a worker inline, of frames that it has answered.

    Attributes:
        form: `i420`, `bgr` or `jpeg`, as its last frame; `mixed` if its producers differ.
        frames, nbytes: how many, with how many bytes of pixels in all.
        mbit_s: million bits of pixels a second, between the first answer and the last.
    """

    form: str
    frames: int
    nbytes: int
    mbit_s: float


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """One worker's part of a run.

    Attributes:
        name: its own.
        device: OpenVINO's name of the device, or the engine's.
        frames: results of it that were emitted.
        transport: how frames reached it, `inline` or `shm`; empty if no producer said.
        stages_ms: what it measured of itself, by stage.
        fps: as in `RunFacts`, of its own frames.
        wire: what went to it inline; None if nothing did.
    """

    name: str
    device: str
    frames: int
    stages_ms: Mapping[str, Summary] = field(default_factory=dict)
    transport: str = ""
    fps: float = 0.0
    wire: Wire | None = None


class Score(NamedTuple):
    """What a comparison with the truth came to, of the rows of one stream that this process wrote.

    Each row is counted as one of the first four.

    Attributes:
        compared: rows that were compared.
        untold: ok rows of which nobody says what is in their frames.
        failed, dropped: rows without a result.
        people: who are to be found in the frames compared.
        found: those that were.
        false: detections of nobody.
    """

    compared: int = 0
    untold: int = 0
    failed: int = 0
    dropped: int = 0
    people: int = 0
    found: int = 0
    false: int = 0


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything a report says that is not about the machine.

    Attributes:
        command: the arguments of this process.
        outputs: where results were written, as the user named it.
        started: wall-clock time, ISO 8601 with its offset.
        seconds: from the first stream's opening to the last frame's emission.
        fps: ok frames a second between the first and the last that this process emitted, so that waiting for a worker
            to load its model does not count; 0 where there are less than two.
        transport: `inline` or `shm`; `mixed` if workers differ; empty if no worker came.
        streams, workers: one each.
        latency_ms: from capture to the acknowledgement that the row is written, on the producers' clocks.
        stages_ms: durations by stage, each on one process's clock.
        redispatched: frames sent again because a worker was lost or late.
        hedged: frames sent a second time ahead of that.
        unanswered: times that a frame was sent to a worker which was gone before it said what became of it.
        duplicates: results of frames that had one already.
        refused: messages or peers that were turned away, by reason.
        step_s, timeline: how it went over time; each point but the last spans `step_s`.
        scores: by stream, of those that this process wrote to; None where nothing was to be compared.
    """

    command: Sequence[str]
    started: str
    seconds: float
    fps: float
    transport: str
    streams: Sequence[StreamFacts]
    workers: Sequence[WorkerFacts]
    latency_ms: Summary
    stages_ms: Mapping[str, Summary]
    redispatched: int = 0
    hedged: int = 0
    unanswered: int = 0
    duplicates: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    step_s: float = 0.0
    timeline: Sequence[Point] = ()
    outputs: Sequence[str] = ()
    scores: Mapping[str, Score] | None = None
