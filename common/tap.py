"""What a collector tells the program that reads its rows directly (`from vinofleet import results`).

Both ends are processes of one fleet and one version on one machine, joined by sockets that have no name, so nothing
here is checked as the protocol's messages are. Over the control socket come descriptors, each with one byte that says
what it is: the socket of a collector's rows, one for each collector process in turn, or a file with the report. A row's
socket carries messages, each a head of two lengths, MessagePack, and the frame's picture. Pure.
What this file does not know: sockets, and who reads.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple, TypeAlias

import msgpack

ROWS: Final = b"S"
"""With the socket of a collector's messages."""
REPORT: Final = b"R"
"""With a file that holds the report, JSON."""

HEAD: Final = struct.Struct("<II")
"""The bytes of the MessagePack part, and of the picture."""


class StreamBegins(NamedTuple):
    """A stream's rows follow, from frame `start` on; its frames have this size in pixels."""

    stream: str
    start: int
    width: int
    height: int
    labels: tuple[str, ...]


class TappedRow(NamedTuple):
    """A row: `seconds` is its time, `detections` float32 [N, 6] as bytes, as `common.rows.Row` has them."""

    stream: str
    frame: int
    seconds: float | None
    status: str
    reason: str
    detections: bytes


Tapped: TypeAlias = StreamBegins | TappedRow


def pack(message: Tapped, picture: bytes = b"") -> bytes:
    """A message's bytes, with the picture that belongs to it."""
    body: bytes = msgpack.packb([type(message) is TappedRow, *message])
    return HEAD.pack(len(body), len(picture)) + body + picture


def unpack(body: bytes) -> Tapped:
    """What `pack` was given, from the part after the head."""
    is_row, *fields = msgpack.unpackb(body, use_list=False)
    return TappedRow(*fields) if is_row else StreamBegins(*fields)
