"""The report of a run (`--report`) and its summary for people.

Guarantees the shape in docs/schemas/report.schema.json, and that a reader never sees half a file. States what it is
given, and states it when the counts do not add up. Does NOT measure anything.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from collector.facts import RunFacts, StreamFacts, Summary, WorkerFacts
from collector.paths import check_folder, output_error, sync_folder
from common.machine import machine_facts, versions
from common.rows import Status

SCHEMA: Final = "vinofleet-report/1"
PERCENTILES: Final = ("p50", "p95", "p99", "max")

Report = dict[str, Any]
"""A JSON object of the shape in docs/schemas/report.schema.json."""


def build_report(facts: RunFacts) -> Report:
    """The report of a run on this machine; `fps` is null if there is nothing to divide by."""
    frames = _frames(facts.streams)
    return {
        "schema": SCHEMA,
        "frames": frames,
        "reasons": _reasons(facts.streams),
        "fps": _number(facts.fps) if facts.fps > 0 else None,
        "latency_ms": _summary(facts.latency_ms),
        "stages_ms": _stages(facts.stages_ms),
        "redispatched": facts.redispatched,
        "hedged": facts.hedged,
        "duplicates": facts.duplicates,
        "refused": dict(sorted(facts.refused.items())),
        "workers": [_worker(worker) for worker in facts.workers],
        "streams": [_stream(stream) for stream in facts.streams],
        "transport": facts.transport,
        "started": facts.started,
        "seconds": _number(facts.seconds),
        "command": list(facts.command),
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
    lines = [_stream_line(stream) for stream in report["streams"]]
    lines += [f"worker {w['name']} ({w['device']}): {w['frames']} frames" for w in report["workers"]]
    if report["fps"] is not None:
        lines.append(f"{report['fps']:.1f} FPS over {report['seconds']:.1f} s")
    if latency["p50"] is not None:
        lines.append("latency ms: " + ", ".join(f"{name} {latency[name]:.1f}" for name in PERCENTILES))
    lines += [f"{reason}: {count}" for reason, count in report["reasons"].items()]
    if report["redispatched"] or report["hedged"]:
        lines.append(f"sent again {report['redispatched']}, hedged {report['hedged']}")
    return [*lines, _equation(report)]


def write_report(report: Report, path: Path) -> None:
    """Put the report at `path` in one step, replacing what is there.

    Raises:
        OutputError: the folder is missing or full, or not writable.
    """
    check_folder(path)
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise output_error("written", path, error) from error


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


def _stream(stream: StreamFacts) -> Report:
    return {
        "name": stream.name,
        "source": stream.source,
        "ending": None if stream.ending is None else str(stream.ending),
        "reason": stream.reason,
        "frames": _frames([stream]),
        "reasons": _reasons([stream]),
        "epoch": stream.epoch,
        "resumed_at": stream.resumed_at,
    }


def _worker(worker: WorkerFacts) -> Report:
    stages = _stages(worker.stages_ms)
    return {
        "name": worker.name,
        "device": worker.device,
        "transport": worker.transport,
        "frames": worker.frames,
        "stages_ms": stages,
    }


def _stages(stages: Mapping[str, Summary]) -> dict[str, dict[str, float | None]]:
    return {name: _summary(summary) for name, summary in stages.items()}


def _summary(summary: Summary) -> dict[str, float | None]:
    return {name: _number(summary[name]) if name in summary else None for name in PERCENTILES}


def _number(value: float) -> float | None:
    """Three decimals; null for what JSON cannot say."""
    return round(value, 3) if math.isfinite(value) else None


def _stream_line(stream: Report) -> str:
    frames = stream["frames"]
    ending, reason = stream["ending"] or "open", stream["reason"]
    ending += f" ({reason})" if reason not in {"", ending} else ""
    return f"stream {stream['name']}: {ending}, {frames['ok']} of {frames['captured']} frames ok"


def _equation(report: Report) -> str:
    f = report["frames"]
    sign = "=" if conserved(report) else "!="
    return f"captured {f['captured']} {sign} ok {f['ok']} + failed {f['failed']} + dropped {f['dropped']}"
