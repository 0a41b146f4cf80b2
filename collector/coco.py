"""Detections as COCO results: the format of `--output X.coco.json`.

One JSON array of `{"image_id","category_id","bbox":[x,y,width,height],"score"}`: `image_id` is the frame's number,
`category_id` the class as the model numbers it. Boxes and scores have the digits of `--json`. A file holds one stream.

Line 1 is `[`, line k + 2 the objects of frame k, and empty where there are none: so a file that was cut off is read
back, and cut, by counting lines. A comma stands before the first object of a line. The last line is `]`, written when
the stream has ended, and taken away again where it goes on.
Guarantees a valid document once the stream has ended. Does NOT tell a frame without objects from one that failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from math import isfinite
from typing import ClassVar, Final

from collector.census import RowKind
from collector.layout import NOT_FINITE, BadLineError, Format, Layout, Record
from collector.line_sink import LineSink
from common.rows import Row, Status, StreamHeader

_UNTOLD: Final[RowKind] = (Status.OK, "")
"""What became of the frames does not stand here but in the journal, which is asked in place of this file."""

_NUMBER: Final = rb"-?[0-9]+\.[0-9]+"
_OBJECT: Final = (
    rb'\{"image_id":[0-9]+,"category_id":-?[0-9]+,"bbox":\[' + rb",".join([_NUMBER] * 4) + rb'\],"score":' + _NUMBER
) + rb"\}"
_LINE: Final = re.compile(rb"(,?)" + _OBJECT + rb"(?:," + _OBJECT + rb")*\n")
_START: Final = b'{"image_id":'


class _Format:
    """See `collector.layout.Format`.

    Args:
        first: whether no object was written so far.
    """

    def __init__(self, *, first: bool) -> None:
        self._comma = "" if first else ","

    def line(self, row: Row) -> str:
        """A row's line."""
        objects = []
        for x1, y1, x2, y2, score, number in [] if row.detections is None else row.detections.tolist():
            if not isfinite(x1 + y1 + x2 + y2 + score + number):
                raise ValueError(NOT_FINITE)
            box = f"{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f}"
            objects.append(f'{{"image_id":{row.seq},"category_id":{int(number)},"bbox":[{box}],"score":{score:.4f}}}')
        if not objects:
            return "\n"
        comma, self._comma = self._comma, ","
        return comma + ",".join(objects) + "\n"


class CocoLines:
    """See `Layout`."""

    head: Final = b"[\n"
    tail: Final = b"]\n"
    single: Final = True

    def begins(self, torn: bytes) -> bool:
        """See `Layout.begins`."""
        start = torn.removeprefix(b",")[: len(_START)]
        return torn == b"]" or _START.startswith(start)

    def records(self, lines: Iterable[bytes], streams: AbstractSet[str]) -> Iterator[Record]:
        """See `Layout.records`."""
        end, comma = len(self.head), b""
        rest = iter(lines)
        for frame, text in enumerate(rest):
            if text == self.tail and next(rest, None) is None:
                return
            if text != b"\n":
                match = _LINE.fullmatch(text)
                own = text.count(b'"image_id":%d,' % frame)
                if match is None or match[1] != comma or own != text.count(b"{"):
                    raise BadLineError(frame + 2)
                comma = b","
            end += len(text)
            yield Record(frame + 2, end, min(streams, default=""), frame, _UNTOLD)

    def format(self, header: StreamHeader, labels: tuple[str, ...], written: Iterable[bytes]) -> Format:
        """See `Layout.format`."""
        del header, labels
        return _Format(first=not any(line.strip(b"[\n") for line in written)).line


class CocoSink(LineSink):
    """Writes the detections of one stream, or a file a stream; see `Sink`."""

    layout: ClassVar[Layout] = CocoLines()
