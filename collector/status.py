"""What a collector tells whoever asks how it is: streams, peers and outputs as they are now.

Written only when somebody asks. Rates are of the last seconds, counts of this process.
What this file does not know: who asks, how often, and what outputs are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from collector.streams import Phase, Stream
from collector.tally import Tally
from common import limits
from common.inquiries import Standing, bounded, milliseconds
from common.registry import Member, Registry
from common.rows import Status
from common.schema import as_text

FULL: Final = "full"
"""A disk is full: rows wait until there is room."""
SLOW: Final = "slow"
"""An output has not taken its rows for long."""

_REASONS_MAX: Final = 64
"""Reasons for which something was turned away that are told; producers may bring others."""

_LACKS: Final = {FULL: "room", SLOW: "output"}


class Writing(NamedTuple):
    """How the outputs are.

    Attributes:
        state: `ok`, `FULL` or `SLOW`.
        since: when that began.
    """

    state: str
    since: float


class Parts(NamedTuple):
    """Where a collector's state lies."""

    registry: Registry
    streams: Mapping[str, Stream]
    tally: Tally
    outputs: Sequence[str]
    writing: Writing


def waits_for(parts: Parts) -> list[str]:
    """What it lacks to do its work: a producer, room on a disk, an output that takes rows, or nothing."""
    producer = any(member.role == "producer" for member in parts.registry)
    stalled = _LACKS.get(parts.writing.state)
    return [*([] if producer else ["producer"]), *([stalled] if stalled else [])]


def document(parts: Parts, standing: Standing, about: str, now: float) -> bytes:
    """Write the answer, about one worker or, where that is "", about everything."""
    workers = [one for one in parts.registry if one.role == "worker" and about in {"", one.name}]
    producers = [one for one in parts.registry if one.role == "producer" and not about]
    streams = parts.streams.values() if not about else ()
    owned = Counter(stream.owner for stream in parts.streams.values())
    outputs = parts.outputs if not about else ()
    whole = {
        **standing.document(about),
        "fps": round(parts.tally.fps(now), 3),
        "frames": _frames(parts),
        "duplicates": parts.tally.duplicates,
        "refused": dict(parts.tally.refused().most_common(_REASONS_MAX)),
        "writing": {"state": parts.writing.state, "for_s": round(now - parts.writing.since, 3)},
        "outputs": [as_text(name) for name in outputs[: limits.STATUS_ROWS_MAX]],
        "streams": [_stream(stream, parts, now) for stream in islice(streams, limits.STATUS_ROWS_MAX)],
        "producers": [_producer(one, owned[one.id], now) for one in producers[: limits.STATUS_ROWS_MAX]],
        "workers": [_worker(one, parts.tally, now) for one in workers[: limits.STATUS_ROWS_MAX]],
    }
    lists = {"outputs": outputs, "streams": streams, "producers": producers, "workers": workers}
    return bounded(whole, {name: len(items) for name, items in lists.items()})


def _frames(parts: Parts) -> dict[str, int]:
    """Frames of all streams: written, emitted and not written, received and not in order, and by ending."""
    streams = parts.streams.values()
    return {
        "written": sum(stream.written for stream in streams),
        "emitted": sum(stream.buffer.next - stream.written for stream in streams),
        "received": sum(len(stream.buffer) for stream in streams),
        **{str(status): sum(_count(stream, status) for stream in streams) for status in Status},
    }


def _count(stream: Stream, status: Status) -> int:
    return sum(frames for (of, _), frames in stream.ledger.counts.items() if of is status)


def _stream(stream: Stream, parts: Parts, now: float) -> dict[str, Any]:
    owner = parts.registry.get(stream.owner)
    end, pictured = stream.end, stream.pictures.next
    return {
        "name": stream.name,
        "state": stream.phase.value,
        "epoch": stream.epoch,
        "producer": "" if owner is None else owner.name,
        "given_up_in_s": None if stream.lost_at == float("inf") else round(stream.lost_at - now, 3),
        "next": stream.buffer.next,
        "written": stream.written,
        "received": len(stream.buffer),
        "expected": stream.record.header.expected,
        "captured": None if end is None else end.captured,
        "ending": None if end is None else str(end.ending),
        "reason": "" if end is None else as_text(end.reason),
        **{str(status): _count(stream, status) for status in Status},
        "pictured": None if pictured is None or stream.phase is Phase.ENDED else pictured,
        "fps": round(parts.tally.stream_fps(stream.name, now), 3),
    }


def _producer(member: Member, streams: int, now: float) -> dict[str, Any]:
    return {"name": member.name, **_session(member, now), "streams": streams}


def _worker(member: Member, tally: Tally, now: float) -> dict[str, Any]:
    frames, fps = tally.of_worker(member.name, now)
    return {
        "name": member.name,
        "device": member.facts.get("device", ""),
        "state": str(member.session.state),
        **_session(member, now),
        "frames": frames,
        "fps": round(fps, 3),
    }


def _session(member: Member, now: float) -> dict[str, float]:
    session = member.session
    return {"for_s": round(now - session.opened_at, 3), "heard_ms": milliseconds(now - session.heard_at)}
