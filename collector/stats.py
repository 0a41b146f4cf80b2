"""Reads a producer's statistics document: bounded, of the expected shape and finite, or not at all.

What this file does not know: which producer it comes from, and what becomes of the figures.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeVar

from collector.facts import Recent, Summary, Wire
from common import limits
from common.schema import is_name, is_text

T = TypeVar("T")

_STAGES_MAX: Final = 16
_FIGURES_MAX: Final = 8
_CODES_MAX: Final = 64
_COUNT_MAX: Final = 2**53
_KEYS: Final = frozenset(
    {
        "streams",
        "redispatched",
        "hedged",
        "unanswered",
        "faults",
        "transport",
        "wire",
        "refused",
        "source_notes",
        "recent",
    },
)
_STREAM_KEYS: Final = frozenset({"latency_ms", "stages_ms", "outages"})
_OUTAGES: Final = frozenset({"count", "total_s", "longest_s"})
_WIRE_KEYS: Final = frozenset({"form", "frames", "bytes", "mbit_s"})
_RECENT_KEYS: Final = frozenset({"frames", "latency_ms"})


@dataclass(frozen=True, slots=True)
class StreamStats:
    """What a producer measured of one stream, in milliseconds; and its source's outages, empty without any."""

    latency_ms: Summary = field(default_factory=dict)
    stages_ms: Mapping[str, Summary] = field(default_factory=dict)
    outages: Summary = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProducerStats:
    """What a producer says of itself; the figures count from its start.

    Attributes:
        streams: by name.
        redispatched, hedged, unanswered: as in `RunFacts`.
        transport: `shm` or `inline` by worker.
        wire: what went inline, by worker.
        refused: messages and peers that it turned away, by reason.
        recent: since its document before this one.
    """

    streams: Mapping[str, StreamStats] = field(default_factory=dict)
    redispatched: int = 0
    hedged: int = 0
    unanswered: int = 0
    transport: Mapping[str, str] = field(default_factory=dict)
    wire: Mapping[str, Wire] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)


def parse_stats(payload: bytes) -> ProducerStats | None:
    """The document in a payload; None if it is too long, no JSON, of another shape, or holds what is no number.

    `faults` and `source_notes` are checked and not kept: the producer tells its own user.
    """
    if len(payload) > limits.STATS_MAX_BYTES:
        return None
    try:
        fields = _fields(json.loads(payload, parse_constant=_no_number), _KEYS)
        _count(fields.get("faults", 0))
        _notes(fields.get("source_notes", []))
        return ProducerStats(
            streams=_mapping(fields.get("streams", {}), limits.STREAMS_MAX, _stream),
            redispatched=_count(fields.get("redispatched", 0)),
            hedged=_count(fields.get("hedged", 0)),
            unanswered=_count(fields.get("unanswered", 0)),
            transport=_mapping(fields.get("transport", {}), limits.SESSIONS_MAX, _transport),
            wire=_mapping(fields.get("wire", {}), limits.SESSIONS_MAX, _wire),
            refused=_mapping(fields.get("refused", {}), _CODES_MAX, _count),
            recent=_recent(fields.get("recent", {})),
        )
    except (ValueError, RecursionError):  # json.JSONDecodeError and UnicodeDecodeError are ValueErrors
        return None


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _fields(value: object, keys: frozenset[str]) -> dict[str, object]:
    if type(value) is not dict or not keys.issuperset(value):
        raise ValueError("fields")
    return value


def _mapping(value: object, most: int, read: Callable[[object], T]) -> dict[str, T]:
    if type(value) is not dict or len(value) > most or not all(is_name(key) for key in value):
        raise ValueError("mapping")
    return {key: read(item) for key, item in value.items()}


def _stream(value: object) -> StreamStats:
    fields = _fields(value, _STREAM_KEYS)
    return StreamStats(
        latency_ms=_summary(fields.get("latency_ms", {})),
        stages_ms=_mapping(fields.get("stages_ms", {}), _STAGES_MAX, _summary),
        outages=_outages(fields.get("outages", {})),
    )


def _outages(value: object) -> Summary:
    figures = _summary(value)
    if figures and set(figures) != _OUTAGES:
        raise ValueError("outages")
    return figures


def _recent(value: object) -> Recent:
    fields = _fields(value, _RECENT_KEYS)
    return Recent(_count(fields.get("frames", 0)), _summary(fields.get("latency_ms", {})))


def _summary(value: object) -> Summary:
    return _mapping(value, _FIGURES_MAX, _figure)


def _figure(value: object) -> float:
    if type(value) is int and 0 <= value <= _COUNT_MAX:
        return float(value)
    if type(value) is not float or not 0 <= value <= _COUNT_MAX:  # nor is it nan: sums of figures stay finite
        raise ValueError("figure")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _COUNT_MAX:
        raise ValueError("count")
    return value


def _transport(value: object) -> str:
    if type(value) is not str or value not in {"shm", "inline"}:
        raise ValueError("transport")
    return value


def _wire(value: object) -> Wire:
    fields = _fields(value, _WIRE_KEYS)
    form = fields.get("form")
    if type(form) is not str or form not in {"i420", "bgr", "jpeg"}:
        raise ValueError("wire")
    return Wire(form, _count(fields.get("frames")), _count(fields.get("bytes")), _figure(fields.get("mbit_s")))


def _notes(value: object) -> None:
    if type(value) is not list or len(value) > limits.STATS_NOTES_MAX or not all(is_text(note) for note in value):
        raise ValueError("notes")
