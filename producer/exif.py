"""Which way up a picture is, by the Exif data in its file: JPEG, PNG, WebP and TIFF. Pure, and bounded by the file.

Sources of the formats: Exif 2.32 (JEITA CP-3451), section 4.6; the eXIf chunk of PNG; the EXIF chunk of WebP; TIFF 6.0.
libav tells no more of it than a turn, and loses mirror images.

What this file does not know: pixels, and whether what it reads is a picture at all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from producer.orientation import UPRIGHT, Orientation

_APP1: Final = b"\xff\xe1"
_SCAN: Final = b"\xff\xda"
_TAG: Final = 0x0112
_TAGS_MAX: Final = 512
_SHORT: Final = 3
_TURNS: Final = {
    2: Orientation(mirror_x=True),
    3: Orientation(mirror_x=True, mirror_y=True),
    4: Orientation(mirror_y=True),
    5: Orientation(transpose=True),
    6: Orientation(transpose=True, mirror_x=True),
    7: Orientation(transpose=True, mirror_x=True, mirror_y=True),
    8: Orientation(transpose=True, mirror_y=True),
}
"""What shows a picture upright whose tag has this value."""


def orientation_in(file: bytes) -> Orientation:
    """Read how a picture is to be turned; upright where its file says nothing that can be understood."""
    try:
        return _TURNS.get(_value(_exif(file)), UPRIGHT)
    except struct.error:  # it ends too early
        return UPRIGHT


def _exif(file: bytes) -> bytes:
    """The Exif data: a small TIFF file."""
    if file[:4] in {b"II*\0", b"MM\0*"}:
        return file
    if file[:2] == b"\xff\xd8":
        found = (data[6:] for marker, data in _segments(file) if marker == _APP1 and data[:6] == b"Exif\0\0")
    elif file[:8] == b"\x89PNG\r\n\x1a\n":
        found = (data for kind, data in _chunks(file, 8, ">I4s", padding=4) if kind == b"eXIf")
    elif file[:4] == b"RIFF" and file[8:12] == b"WEBP":
        chunks = _chunks(file, 12, "<4sI", padding=0)
        found = (data.removeprefix(b"Exif\0\0") for kind, data in chunks if kind == b"EXIF")
    else:
        return b""
    return next(found, b"")


def _segments(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The marker segments of a JPEG file before its picture."""
    at = 2
    while file[at : at + 1] == b"\xff" and file[at : at + 2] != _SCAN:
        (size,) = struct.unpack_from(">H", file, at + 2)
        yield file[at : at + 2], file[at + 4 : at + 2 + size]
        at += 2 + max(2, size)


def _chunks(file: bytes, at: int, head: str, *, padding: int) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file (each with 4 bytes after it), or of a RIFF file (each of an even length)."""
    while at + 8 <= len(file):
        first, second = struct.unpack_from(head, file, at)
        kind, size = (first, second) if isinstance(first, bytes) else (second, first)
        yield kind, file[at + 8 : at + 8 + size]
        at += 8 + size + (padding or size % 2)


def _value(tiff: bytes) -> int:
    """The orientation in the first directory of a TIFF file; 1 if there is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
    (tags,) = struct.unpack_from(f"{order}H", tiff, directory)
    for index in range(min(tags, _TAGS_MAX)):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * index)
        if tag == _TAG and kind == _SHORT:
            return int(value)
    return 1
