"""Pixels without a container as a source: `raw://PATH?size=640x360&format=yuv420p&fps=25`; PATH `-` is standard input.

Guarantees: frame n begins at byte n times the size of a frame; pts is n and the time base exactly 1/fps. A file, or a
pipe, that ends within a frame ends as `incomplete`. Y'CbCr is BT.601 limited range.

What this file does not know: how pixels are made to fit (`producer.planes`).
"""

from __future__ import annotations

import io
import re
import stat
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from urllib.parse import parse_qsl

import av

from common import limits
from common.errors import InputError
from common.rows import Ending, StreamHeader
from producer.media import MediaFrame
from producer.piped import piped_stdin

PIPE: Final = "-"

_EXAMPLE: Final = "write it like raw://clip.yuv?size=640x360&format=yuv420p&fps=25"
_PACKED: Final = {"gray": 1, "rgb24": 3, "bgr24": 3, "rgba": 4, "bgra": 4, "argb": 4, "abgr": 4}
"""Bytes of a pixel."""
_PAIRED: Final = frozenset({"yuyv422", "uyvy422"})
"""Four bytes of two pixels."""
_PLANAR: Final = {"yuv420p": (2, 2), "nv12": (2, 2), "nv21": (2, 2), "yuv422p": (2, 1), "yuv444p": (1, 1)}
"""Pixels across and down that share a sample of chroma."""
FORMATS: Final = (*_PLANAR, *sorted(_PAIRED), *_PACKED)
"""libav's names of what is admitted."""

_OPTIONS: Final = {
    "size": re.compile(r"[0-9]{1,5}x[0-9]{1,5}"),
    "format": re.compile("|".join(FORMATS)),
    "fps": re.compile(r"[0-9]{1,6}(?:/[0-9]{1,6}|\.[0-9]{1,6})?"),
}


class Layout(NamedTuple):
    """Of one frame: pixels across and down, and libav's name for how they lie."""

    width: int
    height: int
    form: str

    @property
    def nbytes(self) -> int:
        """Bytes of a frame, without padding."""
        width, height = self.width, self.height
        if self.form in _PACKED:
            return width * height * _PACKED[self.form]
        if self.form in _PAIRED:
            return -(-width // 2) * 4 * height
        across, down = _PLANAR[self.form]
        return width * height + 2 * -(-width // across) * -(-height // down)


class RawSource:
    """See `producer.source.Source`.

    Args:
        file: at its beginning; closed here.
        layout: of every frame.
        header: of the stream.
        seekable: it is a file.
    """

    def __init__(self, file: BinaryIO, layout: Layout, header: StreamHeader, *, seekable: bool) -> None:
        self.header = header
        self.ending = Ending.INTERRUPTED
        self.ending_reason = "closed before its end"
        self._file = file
        self._layout = layout
        self._seekable = seekable
        self._lock = threading.Lock()
        self._closed = False

    def frames(self, first: int = 0) -> Iterator[MediaFrame]:
        """See `producer.source.Source.frames`.

        Raises:
            InputError: `first` frames of a pipe have gone to an earlier reader.
        """
        if first and not self._seekable:
            raise InputError("what came through a pipe cannot be read again", "begin anew, without --resume")
        decoder = av.CodecContext.create("rawvideo", "r")
        decoder.width, decoder.height, decoder.pix_fmt = self._layout
        number = first
        while (step := self._read(number)) is not None:
            data, decode_us = step
            for frame in decoder.decode(av.Packet(data)):
                yield MediaFrame(frame, number, decode_us)
            number += 1

    def close(self) -> None:
        """See `producer.source.Source.close`. Waits for a file's frame; nobody waits for a pipe's."""
        self._closed = True
        if self._seekable:
            with self._lock:
                self._file.close()

    def _read(self, number: int) -> tuple[bytes, int] | None:
        """The bytes of a frame, with the microseconds that they took; None at the end, and after `close`."""
        began = time.perf_counter_ns()
        nbytes = self._layout.nbytes
        with self._lock:
            if self._closed:
                return None
            if self._seekable:
                self._file.seek(number * nbytes)
            data = self._file.read(nbytes)
        if len(data) == nbytes:
            return data, (time.perf_counter_ns() - began) // 1000
        self.ending, self.ending_reason = Ending.COMPLETE, ""
        if data or number == 0:
            self.ending = Ending.INCOMPLETE
            self.ending_reason = f"it ends within frame {number}, after {len(data)} of {nbytes} bytes"
        return None


def open_raw(uri: str, name: str) -> RawSource:
    """Open `raw://PATH?size=WxH&format=F&fps=R`; all three are required.

    Raises:
        InputError: an option is missing, unknown, repeated, malformed or out of bounds, or the file cannot be read.
    """
    path, layout, rate = _parse(uri)
    if path == PIPE:
        return RawSource(_stdin(), layout, _header(name, layout, rate, 0, "the pipe"), seekable=False)
    file, size = _open(Path(path))
    frames = size // layout.nbytes
    if not frames:
        file.close()
        text = f"{path} has {size} bytes, less than one frame of {layout.nbytes}"
        raise InputError(text, "check size and format")
    return RawSource(file, layout, _header(name, layout, rate, frames, path), seekable=True)


def _header(name: str, layout: Layout, rate: Fraction, frames: int, source: str) -> StreamHeader:
    width, height = layout.width, layout.height
    return StreamHeader(name, width, height, 1 / rate, rate, frames, source[-limits.TEXT_MAX_CHARS :])


def _stdin() -> BinaryIO:
    # Not sys.stdin.buffer: the interpreter locks that as it ends, and would abort while a thread waits inside of it.
    return io.BufferedReader(io.FileIO(piped_stdin(), closefd=False))


def _open(path: Path) -> tuple[BinaryIO, int]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path} is not a regular file", "give a file, or raw://-?... and a pipe")
        return io.BufferedReader(path.open("rb", buffering=0)), status.st_size
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{path} cannot be opened ({why})", "check the path and its permissions") from error


def _parse(uri: str) -> tuple[str, Layout, Fraction]:
    path, _, query = uri[len("raw://") :].rpartition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise _refused(uri, "its options cannot be read") from error
    options = dict(pairs)
    _require(bool(path), uri, "it names no file and no options")
    _require(len(options) == len(pairs), uri, "an option is given twice")
    for key, value in pairs:
        _require(key in _OPTIONS, uri, f"{key!r} is none of {', '.join(_OPTIONS)}")
        _require(_OPTIONS[key].fullmatch(value) is not None, uri, f"{key} cannot be {value!r}")
    missing = [key for key in _OPTIONS if key not in options]
    _require(not missing, uri, f"{' and '.join(missing)} must be given")
    width, height = (int(side) for side in options["size"].split("x"))
    _require(min(width, height) > 0 and max(width, height) <= limits.SIDE_MAX_PIXELS, uri, "size is out of bounds")
    try:
        rate = Fraction(options["fps"])
    except ZeroDivisionError as error:
        raise _refused(uri, f"fps cannot be {options['fps']!r}") from error
    _require(0 < rate <= limits.SYNTHETIC_FPS_MAX, uri, f"fps must be above 0 and at most {limits.SYNTHETIC_FPS_MAX}")
    return path, Layout(width, height, options["format"]), rate


def _require(condition: bool, uri: str, why: str) -> None:  # noqa: FBT001 - a condition is what this takes
    if not condition:
        raise _refused(uri, why)


def _refused(uri: str, why: str) -> InputError:
    return InputError(f"{uri} is refused, {why}", _EXAMPLE)
