"""The head of a JPEG file: what it would decode to, before anything is allocated for it.

Reads segments as ITU-T T.81, annex B lays them out, and no more than what an encoder of one plain picture writes:
baseline (SOF0), 8 bits, one scan. Everything else (a file of another format, progressive coding,
bytes between segments) is no such picture: what a decoder would make of it is not known before. What this file does not
know: pixels.
"""

from __future__ import annotations

from typing import Final

HEAD_MAX_BYTES: Final = 4096
"""More than what stands before the frame header in what OpenCV writes: tables of 130 bytes, and no comments."""
_SOI: Final = b"\xff\xd8"
_SOF0: Final = 0xC0
_SOS: Final = b"\xff\xda"
_PLAIN: Final = frozenset({0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})
"""DHT, DQT, DRI, COM and APPn: the segments that may stand before the frame header."""
COLOUR: Final = 3
GREY: Final = 1
"""Components of a picture."""


def jpeg_size(data: bytes, components: int = COLOUR) -> tuple[int, int] | None:
    """The width and height in pixels of a baseline JPEG file, from its first bytes; None if it is none.

    Args:
        data: of the file, at least up to its frame header.
        components: as many it must have.
    """
    if not data.startswith(_SOI):
        return None
    at = len(_SOI)
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - every marker's first byte
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SOF0:
            return _frame_size(data[at + 2 : at + 2 + length], components)
        if marker not in _PLAIN or length < 2:  # noqa: PLR2004 - a length counts itself
            return None
        at += 2 + length
    return None


def is_one_scan(data: bytes) -> bool:
    """Whether a file says no more than once that a scan begins: each costs a pass over all pixels, at ten bytes a scan.

    Takes 1 ms for a megabyte, to be spent where the file is decoded. Within a scan 0xFF is followed by other bytes
    (T.81, F.1.2.3).
    """
    return data.count(_SOS) == 1


def _frame_size(segment: bytes, components: int) -> tuple[int, int] | None:
    """Length u16, precision u8, height u16, width u16, components u8, and three bytes each."""
    if len(segment) != 8 + 3 * components or segment[2] != 8 or segment[7] != components:  # noqa: PLR2004 - bits
        return None
    return int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[3:5], "big")
