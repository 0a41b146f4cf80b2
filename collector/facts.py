"""What a report says that is not about the machine: plain values, filled in by the core, written by `report.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from common.rows import Ending, Status

Summary = Mapping[str, float]
"""Of one duration in milliseconds: p50, p95, p99, max; empty if it was never measured."""


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
    """

    name: str
    source: str
    ending: Ending | None
    reason: str
    captured: int
    counts: Mapping[tuple[Status, str], int]
    epoch: int = 0
    resumed_at: int = 0


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """One worker's part of a run.

    Attributes:
        name: its own.
        device: OpenVINO's name of the device, or the engine's.
        frames: results of it that were emitted.
        transport: how frames reached it, `inline` or `shm`; empty if no producer said.
        stages_ms: what it measured of itself, by stage.
    """

    name: str
    device: str
    frames: int
    stages_ms: Mapping[str, Summary] = field(default_factory=dict)
    transport: str = ""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything a report says that is not about the machine.

    Attributes:
        command: the arguments of this process.
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
        duplicates: results of frames that had one already.
        refused: messages or peers that were turned away, by reason.
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
    duplicates: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
