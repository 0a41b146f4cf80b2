"""Rows as JSON lines: the format of `--json`.

One object a line, keys always in this order, no spaces:
`{"stream","frame","pts","status",["reason"],"detections":[{"label","class_id","score","box":[x1,y1,x2,y2]}]}`.
Guarantees that equal rows give equal bytes on every machine: boxes have 2 decimals (a hundredth of a pixel), scores 4,
`pts` is the shortest text of the double nearest to pts * time_base seconds. Does NOT know where frames come from, nor
what has been acknowledged.

Formatted by hand because it pays. CPU microseconds a row of 0 / 3 / 20 detections (one row a batch, CPython 3.11):
json.dumps 11.9 / 22.3 / 67.6, orjson 9.2 / 13.2 / 26.0 (both must round first), by hand 1.7 / 7.3 / 38.4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, ClassVar, Final

from collector.census import RowKind
from collector.layout import NOT_FINITE, BadLineError, Format, Layout, Record, seconds
from collector.line_sink import LineSink
from common.rows import Row, Status, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_ROW: Final = re.compile(
    rb'\{"stream":"([A-Za-z0-9][A-Za-z0-9._-]{0,63})","frame":(0|[1-9][0-9]{0,15}),"pts":(?:null|[-+.0-9e]+),'
    rb'"status":"(ok|failed|dropped)"(?:,"reason":("(?:[^"\\\x00-\x1f]|\\.)*"))?,"detections":\['
)
_DETECTION: Final = '%s%.4f,"box":[%.2f,%.2f,%.2f,%.2f]}'
"""One format of six values: as an f-string it takes 1.7 times as long."""
_ROW_END: Final = b"]}\n"
_ROW_START: Final = b'{"stream":"'


class RowFormat:
    """Turns the rows of one stream into lines.

    Args:
        header: of the stream; its name and time base are used.
        labels: names by class; a class without one is named by its number.
    """

    def __init__(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        self._start = f'{{"stream":{_quoted(header.name)},"frame":'
        self._time_base = header.time_base.as_integer_ratio()
        self._classes = [_class_start(label, number) for number, label in enumerate(labels)]

    def line(self, row: Row) -> str:
        """One row with its newline.

        Raises:
            ValueError: a detection is not finite; JSON has no word for that.
        """
        pts = "null" if row.pts is None else repr(seconds(row.pts, self._time_base))
        reason = "" if row.status is Status.OK else f',"reason":{_quoted(row.reason)}'
        found = "" if row.detections is None else self._found(row.detections)
        return f'{self._start}{row.seq},"pts":{pts},"status":"{row.status}"{reason},"detections":[{found}]}}\n'

    def _found(self, detections: NDArray[np.float32]) -> str:
        texts = []
        for x1, y1, x2, y2, score, number in detections.tolist():
            if not isfinite(x1 + y1 + x2 + y2 + score + number):  # doubles: finite float32s cannot overflow
                raise ValueError(NOT_FINITE)
            texts.append(_DETECTION % (self._class(int(number)), score, x1, y1, x2, y2))
        return ",".join(texts)

    def _class(self, number: int) -> str:
        if 0 <= number < len(self._classes):
            return self._classes[number]
        return _class_start(str(number), number)


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    """A JSON string. Cached: streams, reasons and labels are few and come back with every row."""
    return json.dumps(text, ensure_ascii=False)


def _class_start(label: str, number: int) -> str:
    return f'{{"label":{_quoted(label)},"class_id":{number},"score":'


class JsonLines:
    """See `Layout`.

    Detections are not read again: a line must begin and end as `RowFormat` writes it and hold no NUL, which is what a
    block that never reached the disk reads as.
    """

    head: Final = b""
    tail: Final = b""
    single: Final = False

    def begins(self, torn: bytes) -> bool:
        """See `Layout.begins`."""
        return _ROW_START.startswith(torn[: len(_ROW_START)])

    def records(self, lines: Iterable[bytes], streams: AbstractSet[str]) -> Iterator[Record]:
        """See `Layout.records`."""
        del streams  # each line names its own
        end = 0
        for number, text in enumerate(lines, start=1):
            match = _ROW.match(text)
            kind = None if match is None else _kind(match[3], match[4])
            if match is None or kind is None or not text.endswith(_ROW_END) or b"\0" in text:
                raise BadLineError(number)
            end += len(text)
            yield Record(number, end, _name(match[1]), int(match[2]), kind)

    def format(self, header: StreamHeader, labels: tuple[str, ...], written: Iterable[bytes]) -> Format:
        """See `Layout.format`."""
        del written
        return RowFormat(header, labels).line


@lru_cache(maxsize=256)
def _name(stream: bytes) -> str:
    return stream.decode()


@lru_cache(maxsize=256)
def _kind(status: bytes, reason: bytes | None) -> RowKind | None:
    try:
        return Status(status.decode()), json.loads(reason) if reason else ""
    except ValueError:
        return None  # no UTF-8, or no JSON string


class JsonlSink(LineSink):
    """Appends rows to one file, or to one file a stream; see `Sink`."""

    layout: ClassVar[Layout] = JsonLines()
