"""The report of a run (`--report`) and its summary for people.

Guarantees the shape that `vinofleet schema report` prints. States what it is given, and states it when the counts do
not add up. Does NOT measure anything, nor write a file.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.facts import Point, RunFacts, Score, StreamFacts, Summary, Wire, WorkerFacts
from collector.score_report import score_line, score_of, stream_score
from common.machine import machine_facts, versions
from common.rows import Status

SCHEMA: Final = "vinofleet-report/1"
PERCENTILES: Final = ("p50", "p95", "p99", "max")
RECENT: Final = ("p50", "p95", "max")
"""Figures of a point of the timeline."""

Report = dict[str, Any]
"""A JSON object of the shape in vinofleet/schemas/report.schema.json."""


def build_report(facts: RunFacts) -> Report:
    """The report of a run on this machine; a rate is null if there is nothing to divide by."""
    frames = _frames(facts.streams)
    inferred = sum(worker.frames for worker in facts.workers)
    return {
        "schema": SCHEMA,
        "frames": frames,
        "reasons": _reasons(facts.streams),
        "fps": _rate(facts.fps),
        "latency_ms": _summary(facts.latency_ms),
        "stages_ms": _stages(facts.stages_ms),
        "redispatched": facts.redispatched,
        "hedged": facts.hedged,
        "unanswered": facts.unanswered,
        "duplicates": facts.duplicates,
        "refused": dict(sorted(facts.refused.items())),
        "workers": [_worker(worker, inferred) for worker in facts.workers],
        "streams": [_stream(stream, facts.scores) for stream in facts.streams],
        "score": score_of(facts),
        "timeline": {"step_s": facts.step_s, "points": [_point(point) for point in facts.timeline]},
        "transport": facts.transport,
        "started": facts.started,
        "seconds": _number(facts.seconds),
        "command": list(facts.command),
        "outputs": list(facts.outputs),
        "machine": machine_facts(),
        "versions": versions(),
    }


def conserved(report: Report) -> bool:
    """Whether captured = ok + failed + dropped, in sum and in every stream."""
    frames = [report["frames"], *(stream["frames"] for stream in report["streams"])]
    return all(f["captured"] == f["ok"] + f["failed"] + f["dropped"] for f in frames)


def summary_lines(report: Report) -> list[str]:
    """What a person wants to know, ending with the conservation equation (`!=` in it is a defect)."""
    latency = report["latency_ms"]
    lines = [line for stream in report["streams"] for line in (_stream_line(stream), *_outage_lines(stream))]
    lines += [f"worker {w['name']} ({w['device']}): {w['frames']} frames{_carried(w)}" for w in report["workers"]]
    if report["fps"] is not None:
        lines.append(f"{report['fps']:.1f} FPS over {report['seconds']:.1f} s")
    if latency["p50"] is not None:
        lines.append("latency ms: " + ", ".join(f"{name} {latency[name]:.1f}" for name in PERCENTILES))
    if report["score"] is not None:
        lines.append(score_line(report["score"]))
    lines += [f"{reason}: {count}" for reason, count in report["reasons"].items()]
    if any(report[name] for name in ("redispatched", "hedged", "unanswered", "duplicates")):
        lines.append(
            f"sent again {report['redispatched']}, hedged {report['hedged']}, never answered {report['unanswered']}, "
            f"results that came too late {report['duplicates']}"
        )
    if report["outputs"]:
        lines.append(f"written: {', '.join(report['outputs'])}")
    return [*lines, _equation(report)]


def _frames(streams: Sequence[StreamFacts]) -> dict[str, int]:
    frames = {"captured": sum(stream.captured for stream in streams), **{str(status): 0 for status in Status}}
    for stream in streams:
        for (status, _), count in stream.counts.items():
            frames[status] += count
    return frames


def _reasons(streams: Sequence[StreamFacts]) -> dict[str, int]:
    """Frames that are not ok, as `failed(poison)`: 3, the most frequent first."""
    reasons: Counter[str] = Counter()
    for stream in streams:
        for (status, reason), count in stream.counts.items():
            if status is not Status.OK:
                reasons[f"{status}({reason})"] += count
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def _stream(stream: StreamFacts, scores: Mapping[str, Score] | None) -> Report:
    return {
        "name": stream.name,
        "source": stream.source,
        "ending": None if stream.ending is None else str(stream.ending),
        "reason": stream.reason,
        "frames": _frames([stream]),
        "reasons": _reasons([stream]),
        "fps": _rate(stream.fps),
        "latency_ms": _summary(stream.latency_ms),
        "stages_ms": _stages(stream.stages_ms),
        "epoch": stream.epoch,
        "resumed_at": stream.resumed_at,
        "outages": _outages(stream.outages),
        "score": stream_score(stream, scores),
    }


def _outages(figures: Summary) -> Report | None:
    if not figures:
        return None
    seconds = {name: _number(figures[name]) for name in ("total_s", "longest_s")}
    return {"count": int(figures["count"]), **seconds}


def _worker(worker: WorkerFacts, inferred: int) -> Report:
    return {
        "name": worker.name,
        "device": worker.device,
        "transport": worker.transport,
        "wire": _wire(worker.wire),
        "frames": worker.frames,
        "share": _number(worker.frames / inferred) if inferred else 0.0,
        "fps": _rate(worker.fps),
        "stages_ms": _stages(worker.stages_ms),
    }


def _wire(wire: Wire | None) -> Report | None:
    if wire is None or not wire.frames:
        return None
    bytes_a_frame, mbit_s = _number(wire.nbytes / wire.frames), _number(wire.mbit_s)
    return {"form": wire.form, "frames": wire.frames, "bytes_a_frame": bytes_a_frame, "mbit_s": mbit_s}


def _carried(worker: Report) -> str:
    """How its frames reached a worker that shares no memory, for people."""
    wire = worker["wire"]
    if wire is None:
        return ""
    return f", {wire['bytes_a_frame'] / 1000:.1f} kB each ({wire['form']}), {wire['mbit_s']:.1f} Mbit/s"


def _point(point: Point) -> Report:
    """A point has no worker without frames, so that many workers cost little."""
    ok = point.statuses[Status.OK]
    return {
        "t_s": _number(point.t_s),
        "seconds": _number(point.seconds),
        **{str(status): frames for status, frames in point.statuses.items()},
        "fps": _number(ok / point.seconds) if point.seconds > 0 else None,
        "settled": point.settled,
        "latency_ms": _summary(point.latency_ms, RECENT),
        "workers": dict(sorted(point.workers.items())),
    }


def _stages(stages: Mapping[str, Summary]) -> dict[str, dict[str, float | None]]:
    return {name: _summary(summary) for name, summary in stages.items()}


def _summary(summary: Summary, names: Sequence[str] = PERCENTILES) -> dict[str, float | None]:
    return {name: _number(summary[name]) if name in summary else None for name in names}


def _rate(fps: float) -> float | None:
    return _number(fps) if fps > 0 else None


def _number(value: float) -> float | None:
    """Three decimals; null for what JSON cannot say."""
    return round(value, 3) if math.isfinite(value) else None


def _stream_line(stream: Report) -> str:
    frames = stream["frames"]
    ending, reason = stream["ending"] or "open", stream["reason"]
    ending += f" ({reason})" if reason not in {"", ending} else ""
    return f"stream {stream['name']}: {ending}, {frames['ok']} of {frames['captured']} frames ok"


def _outage_lines(stream: Report) -> list[str]:
    outages = stream["outages"]
    if outages is None:
        return []
    times = "once" if outages["count"] == 1 else f"{outages['count']} times, the longest {outages['longest_s']:.1f} s"
    return [f"stream {stream['name']}: its source was away {outages['total_s']:.1f} s, {times}"]


def _equation(report: Report) -> str:
    f = report["frames"]
    sign = "=" if conserved(report) else "!="
    return f"captured {f['captured']} {sign} ok {f['ok']} + failed {f['failed']} + dropped {f['dropped']}"
