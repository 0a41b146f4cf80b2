"""The frame number in the pixels: what a synthetic source writes and a scripted engine reads back.

It proves end to end that a result belongs to the pixels it claims to: the number is written at both ends of the
buffer, each time with its CRC-32, so that corrupted, mixed and torn pixels are told from a number. Each bit is a byte,
black or white, so that a stamp outlives a JPEG file.

What this file does not know: pixel formats and sizes. A stamp is bytes at the ends of a flat buffer; in `i420`
and `bgr` alike the first of them lie in the picture's first row.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BYTES: Final = 64
"""Of one stamp: 32 bits of the number and 32 of its checksum, the highest first."""
_SALT: Final = zlib.crc32(b"vinofleet frame number")
"""Without it a white picture would be a number: the plain CRC-32 of four bytes 255 is four bytes 255."""
_BLACK_AND_WHITE: Final = bytes.maketrans(b"01", b"\x00\xff")

STAMP_MIN_BYTES: Final = 2 * _BYTES
"""The smallest buffer that holds both stamps without overlap."""

NUMBER_MAX: Final = 2**32 - 1
"""The largest number that a stamp holds."""


def stamp(pixels: NDArray[np.uint8], number: int) -> None:
    """Write `number` into the first and the last 64 bytes of `pixels`, in place.

    Args:
        pixels: uint8, C-contiguous, at least STAMP_MIN_BYTES; only its ends are written.
        number: 0..NUMBER_MAX.

    Raises:
        ValueError: the buffer is too small or not contiguous, or the number does not fit.
    """
    flat = _flat(pixels)
    if not 0 <= number <= NUMBER_MAX:
        raise ValueError(f"a frame number of 32 bits cannot hold {number}")
    bits = format(number << 32 | _checksum(number), f"0{_BYTES}b").encode()
    mark = np.frombuffer(bits.translate(_BLACK_AND_WHITE), np.uint8)
    flat[:_BYTES] = mark
    flat[-_BYTES:] = mark


def read_stamp(pixels: NDArray[np.uint8]) -> int:
    """The number that `stamp` wrote.

    Raises:
        ValueError: the pixels carry no stamp, a corrupted one, or two that differ (a torn or reused buffer).
    """
    flat = _flat(pixels)
    first = _read(flat[:_BYTES])
    last = _read(flat[-_BYTES:])
    if first != last:
        raise ValueError(f"the pixels start as frame {first} and end as frame {last}")
    return first


def _read(mark: NDArray[np.uint8]) -> int:
    stamped = int.from_bytes(np.packbits(mark >> 7).tobytes(), "big")
    number, checksum = stamped >> 32, stamped & NUMBER_MAX
    if checksum != _checksum(number):
        raise ValueError("the pixels carry no intact frame number")
    return number


def _checksum(number: int) -> int:
    return zlib.crc32(number.to_bytes(4, "little"), _SALT)


def _flat(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8 or not pixels.flags.c_contiguous or pixels.size < STAMP_MIN_BYTES:
        raise ValueError(f"a stamp needs at least {STAMP_MIN_BYTES} contiguous uint8 bytes")
    return pixels.reshape(-1)
