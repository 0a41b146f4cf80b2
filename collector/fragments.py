"""Which frames an MP4 file of ours holds, read back from its boxes.

Guarantees that frames 0..n-1 are counted only if each is whole and in its place; a torn end is recognised, anything
else that does not belong there is refused. Does NOT look at pixels. One `pread` of 108 bytes a frame.
"""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from typing import Final

from collector import boxes
from collector.boxes import Fragment
from collector.paths import START_OVER, output_error
from common.errors import OutputError

_OPENING_MAX: Final = 4096
"""An `opening` has some 700 bytes."""


class Contents:
    """What is known of the frames in a file: 16 bytes a frame at most.

    Attributes:
        opening: the bytes before the first frame, with the cover open; empty where there is no frame.
        start: time stamp of frame 0.
        sizes, times, keys: see `boxes.index`.
        duration: of the last frame in ticks.
        end: the offset after the last whole frame.
    """

    def __init__(self, opening: bytes = b"", start: int = 0) -> None:
        self.opening = opening
        self.start = start
        self.sizes = array("I")
        self.times = array("q")
        self.keys = array("I")
        self.duration = 0
        self.end = len(opening)

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def last(self) -> int | None:
        """The time of the last frame in ticks."""
        return self.times[-1] if self.times else None

    def add(self, fragment: Fragment) -> None:
        """Note the next frame."""
        if fragment.key:
            self.keys.append(fragment.number)
        self.sizes.append(fragment.size)
        self.times.append(fragment.time)
        self.duration = fragment.duration
        self.end += boxes.HEAD_BYTES + fragment.size

    def cut(self, frames: int) -> None:
        """Forget all but the first frames; without any, the opening goes as well."""
        if frames == 0:
            self.opening, self.start, self.end = b"", 0, 0
        else:
            self.end -= sum(self.sizes[frames:]) + boxes.HEAD_BYTES * (len(self) - frames)
        del self.sizes[frames:], self.times[frames:]
        while self.keys and self.keys[-1] >= frames:
            self.keys.pop()


def read_contents(path: Path) -> Contents:
    """Find the whole frames of a file; nothing is changed.

    Raises:
        OutputError: it cannot be read, or is no file of ours.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _read(path, handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise output_error("read", path, error) from error


def _read(path: Path, handle: int) -> Contents:
    contents = _opened(path, os.pread(handle, _OPENING_MAX, 0))
    size = os.fstat(handle).st_size
    while contents.opening:
        head = os.pread(handle, boxes.HEAD_BYTES, contents.end)
        found = boxes.read_head(head) if len(head) == boxes.HEAD_BYTES else None
        if found is None or found.number != len(contents):
            _check_torn(path, head, len(contents))
            break
        if contents.end + boxes.HEAD_BYTES + found.size > size:
            break
        contents.add(found)
    return contents if len(contents) else Contents()


def _opened(path: Path, data: bytes) -> Contents:
    """The contents of a file without frames; without an opening where that is torn."""
    if not any(data):
        return Contents()  # empty, or blocks that never reached the disk
    if data[: len(boxes.FTYP)] != boxes.FTYP[: len(data)]:
        raise OutputError(f"{path} is damaged: it does not begin as vinofleet's videos do", START_OVER)
    length = boxes.opening_bytes(data)
    if len(data) < length <= _OPENING_MAX:
        return Contents()
    if length > _OPENING_MAX:
        raise OutputError(f"{path} is damaged: what stands before frame 0 has no end", START_OVER)
    start = boxes.read_start(data[length - boxes.START.size : length])
    if start is None:
        raise OutputError(f"{path} is damaged: it does not say when frame 0 is shown", START_OVER)
    after = boxes.COVER_AT + len(boxes.OPEN_COVER)
    return Contents(boxes.FTYP + boxes.OPEN_COVER + data[after:length], start)


def _check_torn(path: Path, head: bytes, number: int) -> None:
    """Refuse what is neither the beginning of a fragment, nor an index, nor blocks that never reached the disk."""
    kind = head[4:8]
    if not any(head) or kind == b"moov" or (len(head) < boxes.HEAD_BYTES and b"moof".startswith(kind)):
        return
    raise OutputError(f"{path} is damaged: frame {number} does not follow frame {number - 1}", START_OVER)
