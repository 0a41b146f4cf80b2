"""One stream's video, in one file that grows by whole frames.

Guarantees that frame k of the file is row k whatever happens to this process, that a continued file plays as one, and
that a finished one is an ordinary MP4 with an index. What this file does not know: drawing, other streams, journals.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from collector import boxes
from collector.boxes import Fragment, Track
from collector.encoder import Encoder, sane_rate
from collector.fragments import Contents
from collector.paths import START_OVER, output_error
from collector.ticks import Ticks
from common.errors import OutputError
from common.picture import picture_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from collector.appendfile import AppendFile
    from common.rows import Row, StreamHeader


class Mp4File:
    """A video that grows.

    Args:
        file: open at the end of `contents`.
        header: of the stream.
        contents: what the file holds.

    Raises:
        OutputError: the encoder refuses the stream, or cannot continue what another one began.
    """

    def __init__(self, file: AppendFile, header: StreamHeader, contents: Contents) -> None:
        width, height = picture_size(header.width, header.height)
        rate = sane_rate(header.rate)
        self.file = file
        self._contents = contents
        self._encoder = Encoder(header.name, width, height, rate)
        self._ticks = Ticks(header.time_base, rate)
        self._track = Track(width, height, self._ticks.scale, self._encoder.sps, self._encoder.pps)
        self._start = contents.start
        self._number, self._last = len(contents), contents.last
        self._taken: list[tuple[Fragment, bytes]] = []
        if contents.opening not in (b"", boxes.opening(self._track, contents.start)):
            what = f"{file.path} was begun at another frame rate or by another version of the encoder"
            raise OutputError(f"{what}, so it cannot be continued", START_OVER)

    def take(self, row: Row, canvas: NDArray[np.uint8]) -> None:
        """Encode the picture of the next row.

        Raises:
            OutputError: the encoder failed.
        """
        sample = self._encoder.encode(canvas)
        if self._number == 0:
            self._start = row.pts or 0
        time = self._ticks.place(row.pts, self._start, self._last)
        fragment = Fragment(self._number, time, self._ticks.step, len(sample.data), sample.key)
        self._taken.append((fragment, sample.data))
        self._number, self._last = self._number + 1, time

    def flush(self) -> None:
        """Append what was taken, all of it or nothing.

        Raises:
            DiskFullError: there is no room now; it can be called again.
            OutputError: it cannot be written.
        """
        if not self._taken:
            return
        opening = b"" if self._contents.opening else boxes.opening(self._track, self._start)
        self.file.append(b"".join([opening, *(part for frame, data in self._taken for part in (frame.head(), data))]))
        if opening:
            self._contents = Contents(opening, self._start)
        for frame, _ in self._taken:
            self._contents.add(frame)
        self._taken.clear()

    def finish(self) -> None:
        """Append the index and put it in force; on return that survives a power loss.

        A file without frames stays empty.

        Raises:
            DiskFullError: there is no room for the index now; it can be called again.
            OutputError: it cannot be written.
        """
        found = self._contents
        if not len(found):
            return
        if self.file.end != found.end:
            self.file.rewind(found.end)  # an index that an earlier call did not bring into force
        tables = found.sizes, found.times, found.keys
        self.file.append(boxes.index(self._track, len(found.opening), *tables, found.duration))
        self.file.sync()  # the index is there before the cover says so
        _write_cover(self.file.path, boxes.finished_cover(found.end))


def uncover(path: Path, end: int) -> None:
    """Make a finished file one that grows again: without its index, and without what begins at `end`.

    Raises:
        OutputError: it cannot be changed.
    """
    if end > 0:  # before the index goes: without a cover a file is whole with an index and without
        _write_cover(path, boxes.OPEN_COVER)
    try:
        os.truncate(path, end)
    except OSError as error:
        raise output_error("cut back", path, error) from error


def _write_cover(path: Path, cover: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(handle, cover, boxes.COVER_AT)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise output_error("written", path, error) from error
