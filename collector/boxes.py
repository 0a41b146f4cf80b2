"""The bytes of an MP4 file that grows by one whole frame at a time, and becomes an ordinary one at its end. Pure.

Layout (ISO/IEC 14496-12, called "hybrid" by other recorders):

    ftyp | free 16 | moov (no samples) | uuid (start) | moof mdat | moof mdat | ...            while it grows
    ftyp | mdat ................................................................ | moov (index)  once it is finished

`finished_cover` turns the 16 bytes of `free` into the head of one `mdat` over everything up to the index: no frame is
moved. Guarantees that equal frames give equal bytes: there are no clocks and no versions in here. What this file does
not know: encoders, files, rows.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FTYP: Final = struct.pack(">I4s4sI12s", 28, b"ftyp", b"iso6", 0, b"iso6avc1mp41")
OPEN_COVER: Final = struct.pack(">I4sq", 16, b"free", 0)
"""Where the head of the one `mdat` of a finished file will be."""

COVER_AT: Final = len(FTYP)

_START_ID: Final = bytes.fromhex("6b0f3a5e8c1d4f7ab29d5e61c04a7f13")
"""The type of our `uuid` box (any number that nobody else uses)."""

START: Final = struct.Struct(">I4s16sq")
"""The box that keeps the time stamp of frame 0, which the file's own times begin at."""

_HEAD: Final = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIIIIII I4s")
"""moof, mfhd, traf, tfhd, tfdt, trun, and the head of mdat."""

_VALUES: Final = (5, 15, 21, 22, 23)
"""Where in it number, time, duration, size and flags stand; everything else is the same in each fragment."""

HEAD_BYTES: Final = _HEAD.size

_KEY: Final = 0x0200_0000
_NOT_KEY: Final = 0x0101_0000
"""Sample flags: depends on no other; depends on others and is no sync sample."""

_U32_MAX: Final = 2**32 - 1
_TIME_MAX: Final = 2**63 - 1
"""A time stamp has 63 bits wherever it comes from; the box has room for one more."""
_MATRIX: Final = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)


@dataclass(frozen=True, slots=True)
class Track:
    """What a file says of its video before the first frame.

    Attributes:
        width, height: in pixels, even.
        timescale: ticks a second.
        sps, pps: H.264 parameter sets without start codes.
    """

    width: int
    height: int
    timescale: int
    sps: bytes
    pps: bytes


@dataclass(frozen=True, slots=True)
class Fragment:
    """What the head of one frame says.

    Attributes:
        number: of the frame, from 0.
        time: when it is shown, in ticks from the first.
        duration: in ticks; nominal, the next frame's time counts.
        size: bytes of the sample.
        key: whether decoding can begin here.
    """

    number: int
    time: int
    duration: int
    size: int
    key: bool

    def head(self) -> bytes:
        """The moof box and the first 8 bytes of the mdat box."""
        moof = HEAD_BYTES - 8
        return _HEAD.pack(
            *(moof, b"moof", 16, b"mfhd", 0, self.number + 1, moof - 24, b"traf"),
            *(16, b"tfhd", 0x02_0000, 1, 20, b"tfdt", 0x0100_0000, self.time),
            *(32, b"trun", 0x0701, 1, HEAD_BYTES, self.duration, self.size, _KEY if self.key else _NOT_KEY),
            *(8 + self.size, b"mdat"),
        )


def read_head(data: bytes) -> Fragment | None:
    """The fragment that these HEAD_BYTES bytes are the head of; None unless exactly `Fragment.head` wrote them."""
    fields = _HEAD.unpack(data)
    number, time, duration, size, flags = (fields[place] for place in _VALUES)
    if number < 1 or size > _U32_MAX - 8 or time > _TIME_MAX:
        return None
    found = Fragment(number - 1, time, duration, size, flags == _KEY)
    return found if found.head() == data else None


def opening(track: Track, start: int) -> bytes:
    """Everything before the first frame, of a file that grows.

    Args:
        track: the video.
        start: time stamp of frame 0 in units of the stream; kept for whoever continues the file.
    """
    defaults = _box(b"mvex", _full(b"trex", 0, struct.pack(">5I", 1, 1, 0, 0, 0)))
    empty = [_table(name) for name in (b"stts", b"stsc")] + [_full(b"stsz", 0, bytes(8)), _table(b"stco")]
    moov = _moov(track, 0, empty, defaults)
    return FTYP + OPEN_COVER + moov + START.pack(START.size, b"uuid", _START_ID, start)


def opening_bytes(data: bytes) -> int:
    """How long the opening is that `data` begins with; more than `len(data)` where it cannot say yet."""
    moov = COVER_AT + len(OPEN_COVER)
    return moov + int.from_bytes(data[moov : moov + 4], "big") + START.size


def read_start(data: bytes) -> int | None:
    """The `start` in the last START.size bytes of an `opening`; None if these are none."""
    size, kind, identity, start = START.unpack(data)
    return int(start) if (size, kind, identity) == (START.size, b"uuid", _START_ID) else None


def finished_cover(end: int) -> bytes:
    """What replaces OPEN_COVER at COVER_AT once the index stands at `end`, the offset after the last frame."""
    return struct.pack(">I4sQ", 1, b"mdat", end - COVER_AT)


def index(
    track: Track, first: int, sizes: Sequence[int], times: Sequence[int], keys: Sequence[int], last: int
) -> bytes:
    """The moov box of a finished file.

    Args:
        track: the video.
        first: offset of the first fragment.
        sizes: bytes of each sample.
        times: of each, in ticks, increasing.
        keys: the numbers of those that decoding can begin at.
        last: duration of the last one in ticks.
    """
    offsets = np.fromiter(accumulate(sizes[:-1], lambda at, size: at + HEAD_BYTES + size, initial=first), np.int64)
    offsets += HEAD_BYTES
    bounds = np.array([*times, times[-1] + last], np.int64)
    wide = bool(offsets[-1] > _U32_MAX)
    tables = [
        _table(b"stts", _runs(bounds[1:] - bounds[:-1])),
        _table(b"stss", np.asarray(keys, np.int64)[:, None] + 1),
        _table(b"stsc", np.array([[1, 1, 1]])),
        _full(b"stsz", 0, struct.pack(">II", 0, len(sizes)), np.asarray(sizes, ">u4").tobytes()),
        _table(b"co64", offsets[:, None], ">u8") if wide else _table(b"stco", offsets[:, None]),
    ]
    return _moov(track, times[-1] + last, tables, b"")


def _runs(durations: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of (how many, duration in ticks); a gap of more than 32 bits of ticks is cut to them."""
    begins = np.flatnonzero(np.diff(durations, prepend=-1))
    counts = np.diff(begins, append=len(durations))
    return np.stack([counts, np.minimum(durations[begins], _U32_MAX)], axis=1)


def _moov(track: Track, duration: int, tables: list[bytes], extends: bytes) -> bytes:
    scale, size = track.timescale, struct.pack(">II", track.width << 16, track.height << 16)
    mvhd = struct.pack(">QQIQIH10x", 0, 0, scale, duration, 0x10000, 0x100) + _MATRIX + bytes(24) + struct.pack(">I", 2)
    tkhd = struct.pack(">QQIIQ8xHHHH", 0, 0, 1, 0, duration, 0, 0, 0, 0) + _MATRIX + size
    mdhd = struct.pack(">QQIQHH", 0, 0, scale, duration, 0x55C4, 0)  # language "und"
    hdlr = struct.pack(">I4s12x", 0, b"vide") + b"vinofleet\0"
    source = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    stbl = _box(b"stbl", _full(b"stsd", 0, struct.pack(">I", 1), _sample_entry(track)), *tables)
    minf = _box(b"minf", _full(b"vmhd", 1, bytes(8)), source, stbl)
    mdia = _box(b"mdia", _full(b"mdhd", 0x0100_0000, mdhd), _full(b"hdlr", 0, hdlr), minf)
    trak = _box(b"trak", _full(b"tkhd", 0x0100_0003, tkhd), mdia)
    return _box(b"moov", _full(b"mvhd", 0x0100_0000, mvhd), trak, extends)


def _sample_entry(track: Track) -> bytes:
    """H.264 in the form of ISO/IEC 14496-15, 4:2:0 and 8 bits, tagged as `common.picture` says."""
    sps, pps = track.sps, track.pps
    avcc = bytes([1, *sps[1:4], 0xFF, 0xE1]) + struct.pack(">H", len(sps)) + sps + struct.pack(">BH", 1, len(pps)) + pps
    if sps[1] >= 100:  # noqa: PLR2004 - High and above say their chroma format and depths
        avcc += bytes([0xFC | 1, 0xF8, 0xF8, 0])
    colour = struct.pack(">4sHHHB", b"nclx", 1, 1, 6, 0)
    visual = struct.pack(">6xH16xHHII4xH32xHh", 1, track.width, track.height, 72 << 16, 72 << 16, 1, 24, -1)
    return _box(b"avc1", visual, _box(b"avcC", avcc), _box(b"colr", colour), _box(b"pasp", struct.pack(">II", 1, 1)))


def _table(kind: bytes, rows: NDArray[np.int64] | None = None, form: str = ">u4") -> bytes:
    """A box that holds a number of rows and then the rows."""
    count = 0 if rows is None else len(rows)
    return _full(kind, 0, struct.pack(">I", count), b"" if rows is None else rows.astype(form).tobytes())


def _full(kind: bytes, version_and_flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version_and_flags), *parts)


def _box(kind: bytes, *parts: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, parts)), kind) + b"".join(parts)
