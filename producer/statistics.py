"""What only the producer can measure, as the JSON document that Stats carries to the collector's report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from common import limits
from common.job import Pixels
from common.messages import RAW
from common.meter import Durations
from producer.fleet import Fleet
from producer.inline import Carried
from producer.leases import LeaseTable
from producer.stream import Stream

EVERY_S: Final = 1.0

FATED: Final = "without_result"
"""Among the stages of a stream: from capture to settlement, of frames that failed or were dropped."""

STAGES_LEAST_BYTES: Final = 200
"""Of one stream with its stages: three summaries of five figures. Those of a thousand streams take 50 ms to work out,
in which nothing else is heard, and would not be said."""

RECENT: Final = ("p50", "p95", "max")
"""What is said of the latencies since the last document; the curves of a report are drawn from it."""


def document(
    streams: Mapping[str, Stream],
    fleet: Fleet,
    leases: LeaseTable,
    refused: Mapping[str, int],
    recent: Durations,
    now: float,
) -> bytes:
    """Write the document, of at most STATS_MAX_BYTES: where there is too much, details of streams go, counts stay."""
    counts: dict[str, object] = {
        "redispatched": leases.redispatched,
        "hedged": leases.hedged,
        "unanswered": fleet.credits.unanswered,
        "faults": fleet.faults,
        "transport": dict(fleet.transport),
        "wire": {name: _wire(carried, fleet.pixels) for name, carried in fleet.carriages.carried().items()},
        "refused": dict(refused),
        "recent": _recent(recent),
    }
    latency = {name: {"latency_ms": _latency(stream), **_outages(stream, now)} for name, stream in streams.items()}
    notes = [stream.ending[1] for stream in streams.values() if stream.ending and stream.ending[1]]
    noted = {"source_notes": notes[: limits.STATS_NOTES_MAX]}
    kept: list[dict[str, object]] = [{"streams": latency, **noted}, {**noted}]
    if len(streams) * STAGES_LEAST_BYTES <= limits.STATS_MAX_BYTES:
        stages = {name: {**latency[name], "stages_ms": _stages(stream)} for name, stream in streams.items()}
        kept.insert(0, {"streams": stages, **noted})
    for details in kept:
        encoded = json.dumps({**details, **counts}, separators=(",", ":")).encode()
        if len(encoded) <= limits.STATS_MAX_BYTES:
            return encoded
    return json.dumps(counts, separators=(",", ":")).encode()


def _wire(carried: Carried, pixels: Pixels) -> dict[str, object]:
    mbit_s = 8e-6 * carried.nbytes / carried.seconds if carried.seconds > 0 else 0.0
    form = pixels if carried.form == RAW else "jpeg"
    return {"form": form, "frames": carried.frames, "bytes": carried.nbytes, "mbit_s": round(mbit_s, 3)}


def _recent(recent: Durations) -> dict[str, object]:
    summary = recent.summary_ms()
    return {"frames": recent.count, "latency_ms": {name: summary[name] for name in RECENT}}


def _latency(stream: Stream) -> dict[str, float]:
    return stream.latency.summary_ms() if stream.latency.count else {}


def _outages(stream: Stream, now: float) -> dict[str, dict[str, float]]:
    return {"outages": stream.outages.figures(now)} if stream.outages.count else {}


def _stages(stream: Stream) -> dict[str, dict[str, float]]:
    fated = {FATED: stream.fated} if stream.fated.count else {}
    return {stage: durations.summary_ms() for stage, durations in {**stream.stages, **fated}.items()}
