"""A sink that draws, as small as can be: each frame is a record of its canvas's number, in a file a stream."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from collector.appendfile import AppendFile
from collector.paths import OutputPath, remove
from collector.records import StreamRecord
from common.rows import Ending, Row, StreamHeader

if TYPE_CHECKING:
    from numpy.typing import NDArray

RECORD_BYTES: Final = 20


def record(frame: int) -> bytes:
    """What a frame looks like."""
    return b"%0*d\n" % (RECORD_BYTES - 1, frame)


class FrameFile:
    """See `Sink`."""

    draws: Final = True
    slow: Final = True
    single: Final = False
    durable: Final = True

    def __init__(self, path: Path) -> None:
        self.path: Final = OutputPath(path)
        self.overwrite = False
        self._owned: set[str] = set()
        self._files: dict[str, AppendFile] = {}
        self._taken: dict[str, list[bytes]] = {}
        self._made: list[Path] = []

    def check(self) -> None:
        """See `Sink.check`."""
        self.path.check()

    def create(self) -> None:
        """See `Sink.create`."""

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """See `Sink.recover`."""
        self._owned.update(records)
        return {name: self.path.of(name).stat().st_size // RECORD_BYTES for name in records}

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`."""
        for name, frames in nexts.items():
            with self.path.of(name).open("rb+") as file:
                file.truncate(frames * RECORD_BYTES)

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`."""
        del epoch, labels
        path = self.path.of(header.name)
        if header.name not in self._files:
            owned = header.name in self._owned
            file = AppendFile.reopen(path) if owned else AppendFile.create(path, overwrite=self.overwrite)
            file.rewind(file.end - file.end % RECORD_BYTES)
            self._files[header.name] = file
            self._made += [path] if file.created else []

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""
        assert canvas is not None
        self._taken.setdefault(row.stream, []).append(record(int(canvas[0, 0])))

    def flush(self) -> None:
        """See `Sink.flush`: a write for each frame, so that a disk can be full between any two."""
        for name, records in self._taken.items():
            while records:
                self._files[name].append(records[0])
                del records[0]

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`."""
        del ending, reason
        self._owned.add(stream)
        if stream in self._files:
            self._files.pop(stream).close()

    def sync(self) -> None:
        """See `Sink.sync`."""

    def close(self) -> None:
        """See `Sink.close`."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def discard(self) -> None:
        """See `Sink.discard`."""
        self.close()
        for path in self._made:
            remove(path)


class Numbers:
    """An artist whose pictures show the number of the frame."""

    def __init__(self) -> None:
        self.begun: set[str] = set()

    def begin(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        """See `Artist.begin`."""
        del labels
        self.begun.add(header.name)

    def draw(self, row: Row) -> NDArray[np.uint8]:
        """See `Artist.draw`."""
        assert row.stream in self.begun
        return np.full((1, 1), row.seq, np.uint8)

    def pass_over(self, row: Row) -> None:
        """See `Artist.pass_over`."""
        assert row.stream in self.begun

    def end(self, stream: str) -> None:
        """See `Artist.end`."""
        self.begun.discard(stream)
