"""The sink that appends rows to files of lines, whatever a line looks like.

Guarantees that a frame's lines are in its file all or not at all, frames of a stream in order, and never over somebody
else's file. Does NOT know the format (`collector.layout`), how an interrupted file is read back (`collector.recovery`),
nor what has been acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from collector.appendfile import AppendFile
from collector.census import Census
from collector.layout import Format, Layout
from collector.paths import OutputPath, output_error, remove
from collector.records import StreamRecord
from collector.recovery import recover, truncate
from common.rows import Ending, Row, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class _Open:
    """A stream that takes rows: their format, and the lines that wait for the next flush of its file."""

    format: Format
    lines: list[str]


class LineSink:
    """Appends rows to one file, or to one file a stream; see `Sink`. A subclass says in which layout.

    Args:
        path: where to.
        overwrite: see `Sink`.

    Attributes:
        found: what the last `recover` counted, by stream.
    """

    layout: ClassVar[Layout]
    draws: Final = False
    slow: Final = False
    durable: Final = True

    def __init__(self, path: OutputPath, *, overwrite: bool) -> None:
        self.path: Final = path
        self.single: Final = self.layout.single and not path.per_stream
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
        self.found = recover(self.path, records, self.layout)
        self._owned.update(records)
        return {name: census.next for name, census in self.found.items()}

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`."""
        truncate(self.path, nexts, self.layout)

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`. A recovered stream continues its file; another's must not hold anything yet."""
        del epoch  # rows carry none: a resumed stream reads like an undisturbed one
        name = header.name
        if name in self._open:
            return
        if name not in self._files:
            self._files[name] = self._own_file(name) if self.path.per_stream else self._shared_file()
        file = self._files[name]
        self._owned.add(name)
        # A head goes with the first rows: like them it is written again where a disk was full.
        lines = self._lines.setdefault(file, [] if file.end or not self.layout.head else [self.layout.head.decode()])
        self._open[name] = _Open(self.layout.format(header, labels, _written(file.path)), lines)

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""
        del canvas
        stream = self._open[row.stream]
        stream.lines.append(stream.format(row))

    def flush(self) -> None:
        """See `Sink.flush`: one write a file."""
        for file, lines in self._lines.items():
            if lines:
                file.append("".join(lines).encode())
                lines.clear()

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`. How a stream ended stands in the journal and the report, not in a line of its own."""
        del ending, reason
        if stream not in self._files and self.layout.head and stream in self._owned:  # it was never opened again
            self._files[stream] = self._own_file(stream) if self.path.per_stream else self._shared_file()
        file = self._files.get(stream)
        if file is None:
            return
        self._finish(file)
        self._open.pop(stream, None)
        del self._files[stream]
        if self.path.per_stream or self.layout.tail:
            self._shared = None
            self._lines.pop(file, None)
            file.close()

    def _finish(self, file: AppendFile) -> None:
        """Write what a file lacks of which a stream has ended."""
        lines = self._lines.get(file, [] if file.end else [self.layout.head.decode()])
        file.append("".join(lines).encode() + self.layout.tail)
        lines.clear()
        file.sync()

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
        return AppendFile.reopen(path, self.layout.tail) if stream in self._owned else self._create(path)

    def _shared_file(self) -> AppendFile:
        if self._shared is None:
            self._shared = AppendFile.reopen(self.path.template, self.layout.tail)
        return self._shared

    def _create(self, path: Path) -> AppendFile:
        file = AppendFile.create(path, overwrite=self.overwrite)
        if file.created:
            self._made.append(path)
        return file

    def _open_files(self) -> Iterable[AppendFile]:
        shared = [] if self._shared is None else [self._shared]
        return shared + [file for file in self._files.values() if file is not self._shared]


def _written(path: Path) -> Iterable[bytes]:
    """The lines of a file, read only as far as somebody asks for them."""
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise output_error("read", path, error) from error
