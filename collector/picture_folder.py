"""The sink that writes one picture a frame: `--output 'pictures/{stream}-{frame}.jpg'`.

Guarantees that a file under its final name is whole (or empty after a power loss, and then counted as none), and that
frame k of a stream is row k, as 6 digits or more. Does NOT draw: it is given canvases. Pictures have the size of the
stream's frames, also where that is odd.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Final

import cv2

from collector.paths import FRAME, OutputPath, output_error, remove, sync_folder
from collector.records import StreamRecord
from common.errors import OutputError
from common.rows import Ending, Row, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PARAMETERS: Final = {".jpg": [cv2.IMWRITE_JPEG_QUALITY, 90], ".jpeg": [cv2.IMWRITE_JPEG_QUALITY, 90], ".png": []}
"""Of each of `PICTURE_SUFFIXES` its own: OpenCV has a word on stderr for each picture with one that its format does not
know."""

_TORN: Final = ".part"
"""Added to the name of a file that is being written."""

cv2.setNumThreads(1)


class PictureFolderSink:
    """Pictures of every stream, in one folder; see `Sink`.

    Args:
        path: where to; its name holds FRAME, and says with its suffix what is written.
        overwrite: see `Sink`.
    """

    draws: Final = True
    slow: Final = True
    durable: Final = True

    def __init__(self, path: OutputPath, *, overwrite: bool) -> None:
        self.path: Final = path
        self.single: Final = not path.per_stream
        self.overwrite = overwrite
        self._sizes: dict[str, tuple[int, int]] = {}
        self._found: set[str] = set()
        self._taken: dict[Path, bytes] = {}
        self._unsynced: set[Path] = set()
        self._made_folder = False

    def check(self) -> None:
        """See `Sink.check`."""
        self.path.check()

    def create(self) -> None:
        """See `Sink.create`: makes the folder where that is asked for. Pictures are replaced or refused by `open`."""
        folder = self.path.template.parent
        if self.path.makes_folder and not folder.exists():
            try:
                folder.mkdir()
                sync_folder(folder.parent)
            except OSError as error:
                raise output_error("created", folder, error) from error
            self._made_folder = True

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """See `Sink.recover`. What a dying process left unfinished is removed when the stream opens."""
        self._found = set(records)
        return {name: self._count(name) for name in records}

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`: the last frame goes first, so that no gap is ever left."""
        for name, frames in nexts.items():
            for number in reversed(range(frames, self._count(name))):
                remove(self._file(name, number))

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`.

        Raises:
            OutputError: there are pictures of a stream of this name that this run does not own.
        """
        del epoch, labels
        name = header.name
        if name not in self._sizes:
            self._sweep(name, self._count(name) if name in self._found else 0)
        self._sizes[name] = header.width, header.height

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""
        assert canvas is not None
        width, height = self._sizes[row.stream]
        picture = cv2.cvtColor(canvas, cv2.COLOR_YUV2BGR_I420)[:height, :width]
        suffix = self.path.template.suffix.lower()
        done, data = cv2.imencode(suffix, picture, _PARAMETERS[suffix])
        if not done:
            raise OutputError(f"frame {row.seq} of {row.stream} cannot be encoded", "choose another suffix")
        self._taken[self._file(row.stream, row.seq)] = data.tobytes()

    def flush(self) -> None:
        """See `Sink.flush`."""
        for path in list(self._taken):
            _write(path, self._taken[path])
            self._unsynced.add(path)
            del self._taken[path]

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`."""
        del ending, reason
        self._sizes.pop(stream, None)
        self._found.add(stream)

    def sync(self) -> None:
        """See `Sink.sync`."""
        if not self._unsynced:
            return
        try:
            for path in self._unsynced:
                _sync(path)
            sync_folder(self.path.template.parent)
        except OSError as error:
            raise output_error("synced", self.path.template, error, passing=False) from error
        self._unsynced.clear()

    def close(self) -> None:
        """See `Sink.close`: nothing is open between calls."""
        self._sizes.clear()

    def discard(self) -> None:
        """See `Sink.discard`."""
        self.close()
        if self._made_folder:
            try:
                self.path.template.parent.rmdir()
            except OSError as error:
                raise output_error("removed", self.path.template.parent, error) from error

    def _file(self, stream: str, frame: int) -> Path:
        path = self.path.of(stream)
        return path.with_name(path.name.replace(FRAME, f"{frame:06d}"))

    def _count(self, stream: str) -> int:
        """How many pictures there are, without a gap; an empty file is one that never reached the disk."""
        count = 0
        while _bytes(self._file(stream, count)) > 0:
            count += 1
        return count

    def _sweep(self, stream: str, frames: int) -> None:
        """Remove a stream's pictures from frame `frames` on; refuse, if some are not ours."""
        for path in list(self._theirs(stream, frames)):
            if not (path.suffix == _TORN or self.overwrite or stream in self._found):
                raise OutputError(f"{path} exists", "choose another name or add --force")
            remove(path)

    def _theirs(self, stream: str, frames: int) -> Iterator[Path]:
        before, _, after = self.path.of(stream).name.partition(FRAME)
        try:
            for entry in os.scandir(self.path.template.parent):
                name = entry.name.removesuffix(_TORN)
                number = name.removeprefix(before).removesuffix(after)
                if number.isdecimal() and int(number) >= frames and name == self._file(stream, int(number)).name:
                    yield Path(entry.path)
        except OSError as error:
            raise output_error("read", self.path.template.parent, error) from error


def _bytes(path: Path) -> int:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise output_error("read", path, error) from error
    return found.st_size if S_ISREG(found.st_mode) else 0


def _write(path: Path, data: bytes) -> None:
    """Write a file under another name first, so that a picture is whole or is not there.

    Raises:
        DiskFullError: there is no room now.
        OutputError: it cannot be written.
    """
    torn = path.with_name(path.name + _TORN)
    try:
        torn.write_bytes(data)
        torn.replace(path)
    except OSError as error:
        remove(torn)
        raise output_error("written", path, error) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
