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
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collector.appendfile import AppendFile
from collector.paths import OutputPath
from collector.records import StreamRecord
from collector.recovery import Recovered, cut, plan_cuts, recover
from common.errors import OutputError
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


class JsonlSink:
    """Appends rows to one file, or to one file a stream.

    Attributes:
        max_delay_frames: 0, nothing is held back.

    Args:
        output: where to.
        overwrite: whether files that this run does not own yet may be replaced.
    """

    max_delay_frames: Final = 0

    def __init__(self, output: OutputPath, *, overwrite: bool) -> None:
        self._output = output
        self._overwrite = overwrite
        self._owned: set[str] = set()
        self._shared: AppendFile | None = None
        self._formats: dict[str, RowFormat] = {}
        self._files: dict[str, AppendFile] = {}

    def create(self) -> None:
        """Begin a new run: the shared file exists and is empty from here on; files a stream are made by `open`.

        Raises:
            OutputError: it holds something, or cannot be created.
        """
        if not self._output.per_stream:
            self._shared = AppendFile.create(self._output.template, overwrite=self._overwrite)

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, Recovered]:
        """Continue an earlier run: cut torn last lines off, check every row, and take the files over.

        Raises:
            OutputError: a file is missing or holds anything but the rows of these streams, in order.
        """
        recovered = recover(self._output, records)
        self._owned.update(recovered)
        return recovered

    def plan_cuts(self, starts: Mapping[str, int]) -> dict[Path, int]:
        """Find out how to remove each stream's rows from frame `starts[stream]` on, changing nothing yet.

        Raises:
            OutputError: in a shared file, rows that are to stay come after rows that are to go.
        """
        return plan_cuts(self._output, starts)

    def truncate(self, cuts: Mapping[Path, int]) -> None:
        """Remove rows as planned; between `recover` and the first `open` only, then `recover` again."""
        cut(cuts)

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`. A recovered stream continues its file; another's must not hold anything yet."""
        del epoch  # rows carry none: a resumed stream reads like an undisturbed one
        name = header.name
        if name not in self._files:
            self._files[name] = self._own_file(name) if self._output.per_stream else self._shared_file()
        self._owned.add(name)
        self._formats[name] = RowFormat(header, labels)

    def _own_file(self, stream: str) -> AppendFile:
        path = self._output.of(stream)
        return AppendFile.reopen(path) if stream in self._owned else AppendFile.create(path, overwrite=self._overwrite)

    def _shared_file(self) -> AppendFile:
        if self._shared is None:
            self._shared = AppendFile.reopen(self._output.template)
        return self._shared

    def write(self, rows: Sequence[Row]) -> None:
        """See `Sink.write`: one write a file; if one fails, the files before it are cut back too."""
        lines: dict[AppendFile, list[str]] = {}
        for row in rows:
            lines.setdefault(self._files[row.stream], []).append(self._formats[row.stream].line(row))
        before = [(file, file.end) for file in lines]
        try:
            for file, texts in lines.items():
                file.append("".join(texts).encode())
        except OutputError:
            for file, end in before:
                file.rewind(end)
            raise

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`. How a stream ended stands in the journal and the report, not in a line of its own."""
        del ending, reason
        self._formats.pop(stream, None)
        file = self._files.pop(stream, None)
        if file is not None and file is not self._shared:
            file.sync()
            file.close()

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

    def _open_files(self) -> Iterable[AppendFile]:
        shared = [] if self._shared is None else [self._shared]
        return shared + [file for file in self._files.values() if file is not self._shared]
