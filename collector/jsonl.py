"""Rows as JSON lines: the format of `--json`, and the sink that writes it.

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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collector.appendfile import AppendFile
from collector.census import Census
from collector.paths import OutputPath, remove
from collector.records import StreamRecord
from collector.recovery import recover, truncate
from common.rows import Ending, Row, Status, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RowFormat:
    """Turns the rows of one stream into lines.

    Args:
        header: of the stream; its name and time base are used.
        labels: names by class; a class without one is named by its number.
    """

    def __init__(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        self._start = f'{{"stream":{_quoted(header.name)},"frame":'
        self._time_base = header.time_base
        self._classes = [_class_start(label, number) for number, label in enumerate(labels)]

    def line(self, row: Row) -> str:
        """One row with its newline.

        Raises:
            ValueError: a detection is not finite; JSON has no word for that.
        """
        pts = _seconds(row.pts, self._time_base)
        reason = "" if row.status is Status.OK else f',"reason":{_quoted(row.reason)}'
        found = "" if row.detections is None else self._found(row.detections)
        return f'{self._start}{row.seq},"pts":{pts},"status":"{row.status}"{reason},"detections":[{found}]}}\n'

    def _found(self, detections: NDArray[np.float32]) -> str:
        texts = []
        for x1, y1, x2, y2, score, number in detections.tolist():
            if not isfinite(x1 + y1 + x2 + y2 + score + number):  # doubles: finite float32s cannot overflow
                raise ValueError("a detection is not finite")
            texts.append(f'{self._class(int(number))}{score:.4f},"box":[{x1:.2f},{y1:.2f},{x2:.2f},{y2:.2f}]}}')
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


def _seconds(pts: int | None, time_base: Fraction) -> str:
    """Exact seconds, rounded once (int / int is correctly rounded in Python); `null` for a frame without a time."""
    return "null" if pts is None else repr(pts * time_base.numerator / time_base.denominator)


@dataclass(frozen=True, slots=True)
class _Open:
    """A stream that takes rows: their format, and the lines that wait for the next flush of its file."""

    format: RowFormat
    lines: list[str]


class JsonlSink:
    """Appends rows to one file, or to one file a stream; see `Sink`.

    Args:
        path: where to.
        overwrite: see `Sink`.

    Attributes:
        found: what the last `recover` counted, by stream.
    """

    draws: Final = False
    slow: Final = False
    single: Final = False
    durable: Final = True

    def __init__(self, path: OutputPath, *, overwrite: bool) -> None:
        self.path: Final = path
        self.overwrite = overwrite
        self.found: dict[str, Census] = {}
        self._owned: set[str] = set()
        self._shared: AppendFile | None = None
        self._files: dict[str, AppendFile] = {}
        self._open: dict[str, _Open] = {}
        self._lines: dict[AppendFile, list[str]] = {}
        self._made: list[Path] = []

    def check(self) -> None:
        """See `Sink.check`."""
        self.path.check()

    def create(self) -> None:
        """Begin a new run: the shared file exists and is empty from here on; files a stream are made by `open`.

        Raises:
            OutputError: it holds something, or cannot be created.
        """
        if not self.path.per_stream:
            self._shared = self._create(self.path.template)

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """Continue an earlier run: cut torn last lines off, check every row, and take the files over.

        Raises:
            OutputError: a file is missing or holds anything but the rows of these streams, in order.
        """
        self.found = recover(self.path, records)
        self._owned.update(records)
        return {name: census.next for name, census in self.found.items()}

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`."""
        truncate(self.path, nexts)

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`. A recovered stream continues its file; another's must not hold anything yet."""
        del epoch  # rows carry none: a resumed stream reads like an undisturbed one
        name = header.name
        if name not in self._files:
            self._files[name] = self._own_file(name) if self.path.per_stream else self._shared_file()
        self._owned.add(name)
        self._open[name] = _Open(RowFormat(header, labels), self._lines.setdefault(self._files[name], []))

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""
        del canvas
        stream = self._open[row.stream]
        stream.lines.append(stream.format.line(row))

    def flush(self) -> None:
        """See `Sink.flush`: one write a file."""
        for file, lines in self._lines.items():
            if lines:
                file.append("".join(lines).encode())
                lines.clear()

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`. How a stream ended stands in the journal and the report, not in a line of its own."""
        del ending, reason
        self._open.pop(stream, None)
        file = self._files.get(stream)
        if file is None:
            return
        if file is not self._shared:
            file.sync()
            file.close()
            del self._lines[file]
        del self._files[stream]

    def sync(self) -> None:
        """See `Sink.sync`."""
        for file in self._open_files():
            file.sync()

    def close(self) -> None:
        """See `Sink.close`."""
        for file in self._open_files():
            file.close()
        self._files.clear()
        self._shared = None

    def discard(self) -> None:
        """See `Sink.discard`."""
        self.close()
        for path in self._made:
            remove(path)

    def _own_file(self, stream: str) -> AppendFile:
        path = self.path.of(stream)
        return AppendFile.reopen(path) if stream in self._owned else self._create(path)

    def _shared_file(self) -> AppendFile:
        if self._shared is None:
            self._shared = AppendFile.reopen(self.path.template)
        return self._shared

    def _create(self, path: Path) -> AppendFile:
        file = AppendFile.create(path, overwrite=self.overwrite)
        if file.created:
            self._made.append(path)
        return file

    def _open_files(self) -> Iterable[AppendFile]:
        shared = [] if self._shared is None else [self._shared]
        return shared + [file for file in self._files.values() if file is not self._shared]
