"""What a collector and the process of a viewer tell each other over a pair of sockets: fields as JSON, and pixels.

    u32 bytes of the fields | u32 bytes of what follows | fields, a JSON array that begins with a word | I420 pixels

| to the viewer | fields | |
|---|---|---|
| `picture` | stream, seq, width, height, rows, columns | and its pixels; the next comes after `took` |
| `figures` | a list of `collector.shown.Figures` | of all streams that are told of |

| from the viewer | fields | |
|---|---|---|
| `up` | where it is seen, "" where that goes without saying | once, before all others |
| `took` | | the last picture was used: another may come |
| `watch` | a list of streams | which are looked at from now on |
| `closed` | | the user wants the run to end |
| `failed` | why, and an exit code's name | it ends |

Both ends are this version of vinofleet on this machine. Does NOT know what becomes of a picture.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, Final

import numpy as np

from collector.shown import Figures, Shown
from common import limits

HEAD: Final = struct.Struct("<II")
"""Bytes of the fields, bytes of the pixels."""

WORDS_MAX_BYTES: Final = 1 << 20
"""Of the fields: the figures of a thousand streams have 0.2 MB."""

PIXELS_MAX_BYTES: Final = limits.SIDE_MAX_PIXELS**2 * 3 // 2
"""Of the largest picture, which is sent to a viewer; from a viewer there come none."""


def message(*fields: object, pixels: int = 0) -> bytes:
    """Everything of a message but its pixels, of which so many bytes follow."""
    text = json.dumps(fields).encode()
    return HEAD.pack(len(text), pixels) + text


def picture_message(picture: Shown) -> bytes:
    """The same of a picture."""
    rows, columns = picture.i420.shape
    numbers = (picture.seq, picture.width, picture.height, rows, columns)
    return message("picture", picture.stream, *numbers, pixels=picture.i420.nbytes)


def picture_of(fields: list[Any], pixels: bytearray | bytes) -> Shown:
    """The picture that a message holds."""
    stream, seq, width, height, rows, columns = fields
    return Shown(stream, seq, width, height, np.frombuffer(pixels, np.uint8).reshape(rows, columns))


def figures_of(fields: list[Any]) -> list[Figures]:
    """The figures that a message holds."""
    return [Figures(*each) for each in fields[0]]


def receive(link: socket.socket, pixels_max: int) -> tuple[str, list[Any], bytearray] | None:
    """Wait for a message: its word, its fields, its pixels; None at the other end's end.

    Args:
        link: to the other end.
        pixels_max: how many bytes of pixels it may announce.

    Raises:
        OSError: the link is broken.
        ValueError: what came is no message, or announces more than it may.
    """
    head = _receive_bytes(link, HEAD.size)
    if head is None:
        return None
    length, size = HEAD.unpack(head)
    if length > WORDS_MAX_BYTES or size > pixels_max:
        raise ValueError(f"a message of {length} and {size} bytes")
    text, pixels = _receive_bytes(link, length), _receive_bytes(link, size)
    if text is None or pixels is None:
        return None
    try:
        word, *fields = json.loads(text)
    except (TypeError, RecursionError) as error:
        raise ValueError("a message without a word") from error
    return word, fields, pixels


def _receive_bytes(link: socket.socket, count: int) -> bytearray | None:
    """So many bytes; None where the other end is gone before."""
    data = bytearray(count)
    view = memoryview(data)
    at = 0
    while at < count:
        got = link.recv_into(view[at:])
        if got == 0:
            return None
        at += got
    return data
