"""Answers as lines for a person, each of at most 80 columns. Pure.

Words of a peer are shown as they came: `answer.py` admits printable ones only.
"""

from __future__ import annotations

from typing import Any, Final

from common.inquiries import Document
from vinofleet.status.answer import Answer
from vinofleet.status.table import Cell, cut, duration, fits, table
from vinofleet.status.verdict import why_not

_STATES: Final = ("queued", "leased", "reported", "hinted", "fated")
_STALLED: Final = {"full": "the disk has been full", "slow": "an output has taken no rows"}


def answer_lines(answer: Answer) -> list[str]:
    """What asking at one address has brought."""
    if answer.document is None:
        return [cut(f"{answer.address}: {answer.refusal or 'nobody answers'}")]
    document = answer.document
    own = _producer(document) if document["role"] == "producer" else _collector(document)
    return [cut(line) for line in [*_head(document), *own]]


def _head(document: Document) -> list[str]:
    state = "ready" if document["ready"] else f"not ready: {why_not(document)}"
    process = f"pid {document['pid']} on {document['host']}, vinofleet {document['version']}"
    up = f"up {duration(document['up_s'])}, {process}"
    line = f"  {state}; {up}"
    return [f"{document['role']} {document['address']}", *([line] if fits(line) else [f"  {state}", f"  {up}"])]


# --- a producer ------------------------------------------------------------------------------------------------------


def _producer(document: Document) -> list[str]:
    collector, frames = document["collector"], document["frames"]
    there = "there" if collector["connected"] else "missing"
    unsettled = ", ".join(f"{frames[state]} {state}" for state in _STATES if frames[state]) or "none under way"
    sent = f"sent {document['sent']}, again {document['redispatched']}, hedged {document['hedged']}"
    trouble = f"faults {document['faults']}, strikes {frames['strikes']}, suspects {frames['suspects']}"
    since, left_out = duration(collector["for_s"]), document["left_out"]
    streams = [_stream_there(one) for one in document["streams"]]
    workers = [_worker_there(one) for one in document["workers"]]
    return [
        f"  {document['fps']:.1f} FPS, collector {there} for {since}, {document['job']['model']}",
        f"  captured {frames['captured']}, settled {frames['settled']}: {unsettled}",
        f"  {sent}, {trouble}",
        *table(("stream", "state", "captured", "settled", *_STATES[:3], "window"), streams, left_out["streams"]),
        *table(
            ("worker", "state", "via", "held", "oldest s", "done", "FPS", "p50 ms", "p99 ms"),
            workers,
            left_out["workers"],
        ),
    ]


def _stream_there(one: dict[str, Any]) -> tuple[Cell, ...]:
    waiting = [one["unsettled"][state] for state in _STATES[:3]]
    captured = _of(one["captured"], one["expected"])
    return one["name"], one["state"], captured, one["settled"], *waiting, one["window"]


def _worker_there(one: dict[str, Any]) -> tuple[Cell, ...]:
    held = f"{one['outstanding']}/{one['capacity']}"
    oldest = "" if one["oldest_lease_s"] is None else f"{one['oldest_lease_s']:.2f}"
    service = one["service_ms"]
    figures = (f"{one['fps']:.1f}", f"{service['p50']:.1f}", f"{service['p99']:.1f}")
    return one["name"], one["state"], one["transport"], held, oldest, one["done"], *figures


# --- a collector -----------------------------------------------------------------------------------------------------


def _collector(document: Document) -> list[str]:
    frames, writing, left_out = document["frames"], document["writing"], document["left_out"]
    stalled = _STALLED.get(writing["state"])
    waiting = f"{frames['emitted']} to be written, {frames['received']} not in order yet"
    ends = ", ".join(f"{ending} {frames[ending]}" for ending in ("ok", "failed", "dropped"))
    streams = [_stream_here(one) for one in document["streams"]]
    producers = [(one["name"], one["streams"], f"{one['heard_ms']:.0f}") for one in document["producers"]]
    workers = [
        (one["name"], one["frames"], f"{one['fps']:.1f}", f"{one['heard_ms']:.0f}") for one in document["workers"]
    ]
    return [
        *([f"  writes {', '.join(document['outputs'])}"] if document["outputs"] else []),
        *([f"  {stalled} for {duration(writing['for_s'])}"] if stalled else []),
        f"  {document['fps']:.1f} FPS, written {frames['written']}: {waiting}",
        f"  {ends}; results of frames that had one {document['duplicates']}",
        *table(
            ("stream", "state", "written", "next", "waiting", "ok", "failed", "dropped", "FPS"),
            streams,
            left_out["streams"],
        ),
        *table(("producer", "streams", "heard ms ago"), producers, left_out["producers"]),
        *table(("worker", "frames", "FPS", "heard ms ago"), workers, left_out["workers"]),
    ]


def _stream_here(one: dict[str, Any]) -> tuple[Cell, ...]:
    place = (_of(one["written"], one["expected"]), one["next"], one["received"])
    return one["name"], one["state"], *place, one["ok"], one["failed"], one["dropped"], f"{one['fps']:.1f}"


def _of(count: int, expected: int) -> str:
    return f"{count}/{expected}" if expected else str(count)
