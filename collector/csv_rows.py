"""Rows as CSV: the format of `--output X.csv`, one line a detection.

A frame without detections has one line, whose fields from `label` to `y2` are empty, so that every frame is there; the
last field, `objects`, says how many detections its frame has. Times, scores and boxes have the digits of `--json`.
Guarantees that each line of the file is one record: fields are quoted as RFC 4180 says, lines end with a newline alone,
and a label that holds a line's end has a space there. Does NOT know where frames come from.

By `objects` a frame that was cut off by a crash is told from a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from math import isfinite
from typing import ClassVar, Final

from collector.layout import NOT_FINITE, BadLineError, Format, Layout, Record, label_of, seconds
from collector.line_sink import LineSink
from common.rows import Row, Status, StreamHeader

COLUMNS: Final = (
    *("stream", "frame", "pts", "status", "reason"),
    *("label", "class_id", "score", "x1", "y1", "x2", "y2", "objects"),
)

_EMPTY: Final = ",,,,,,,0\n"
"""The fields after `reason` of a frame without detections."""

_CELL: Final = rb'(?:"(?:[^"\x00\r\n]|"")*"|[^",\x00\r\n]*)'
_LINE: Final = re.compile(
    rb"(([A-Za-z0-9][A-Za-z0-9._-]{0,63}),(0|[1-9][0-9]{0,15}),[-+.0-9e]*,(ok|failed|dropped),(" + _CELL + rb"),)"
    rb"(?:" + _CELL + rb",-?[0-9]+(?:,-?[0-9]+\.[0-9]+){5},([1-9][0-9]*)|,,,,,,,0)\n"
)
"""Groups: what every line of the frame begins with, stream, frame, status, reason; objects, where there are any."""

_TORN: Final = re.compile(rb"[A-Za-z0-9][^\x00\r\n]*")


class _Format:
    """See `collector.layout.Format`."""

    def __init__(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        self._stream = header.name
        self._time_base = header.time_base.as_integer_ratio()
        self._labels = labels

    def lines(self, row: Row) -> str:
        """All lines of a row."""
        pts = seconds(row.pts, self._time_base)
        time = "" if pts is None else repr(pts)
        reason = "" if row.status is Status.OK else _quoted(row.reason)
        start = f"{self._stream},{row.seq},{time},{row.status},{reason},"
        found = [] if row.detections is None else row.detections.tolist()
        if not found:
            return start + _EMPTY
        lines = []
        for x1, y1, x2, y2, score, number in found:
            if not isfinite(x1 + y1 + x2 + y2 + score + number):
                raise ValueError(NOT_FINITE)
            label = _quoted(label_of(int(number), self._labels))
            box = f"{x1:.2f},{y1:.2f},{x2:.2f},{y2:.2f}"
            lines.append(f"{start}{label},{int(number)},{score:.4f},{box},{len(found)}\n")
        return "".join(lines)


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    line = " ".join(text.replace("\0", " ").splitlines())
    return '"' + line.replace('"', '""') + '"' if '"' in line or "," in line else line


@lru_cache(maxsize=256)
def _text(cell: bytes) -> str:
    """What a field says; raises ValueError where it is no UTF-8."""
    text = cell.decode()
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


class CsvLines:
    """See `Layout`."""

    head: Final = (",".join(COLUMNS) + "\n").encode()
    tail: Final = b""
    single: Final = False

    def begins(self, torn: bytes) -> bool:
        """See `Layout.begins`."""
        return _TORN.fullmatch(torn) is not None

    def records(self, lines: Iterable[bytes], streams: AbstractSet[str]) -> Iterator[Record]:
        """See `Layout.records`."""
        del streams  # each line names its own
        end, left, start = len(self.head), 0, b""
        for number, text in enumerate(lines, start=2):
            match = _LINE.fullmatch(text)
            if match is None or (left and (match[1] != start or match[6] is None)):
                raise BadLineError(number)
            end += len(text)
            start, left = match[1], (left or int(match[6] or 1)) - 1
            if left:
                continue
            try:
                kind = Status(match[4].decode()), _text(match[5])
            except ValueError as error:
                raise BadLineError(number) from error
            yield Record(number, end, match[2].decode(), int(match[3]), kind)

    def format(self, header: StreamHeader, labels: tuple[str, ...], written: Iterable[bytes]) -> Format:
        """See `Layout.format`."""
        del written
        return _Format(header, labels).lines


class CsvSink(LineSink):
    """Appends rows to one file, or to one file a stream; see `Sink`."""

    layout: ClassVar[Layout] = CsvLines()
