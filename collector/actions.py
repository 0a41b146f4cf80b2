"""What the collector's core may ask of its runner, beside sending, telling and finishing.

The edge performs them in order, through one `SinkWriter` and one `PictureStore`, and reports back with `written`,
`ended` and `attached`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from common.actions import Finish, Notice, Send
from common.messages import ShmOfferFields
from common.rows import Ending, Row, StreamHeader


class Begin(NamedTuple):
    """Make the outputs ready for a stream; `written` with its name is the answer.

    Pictures of frames from `start` on, and where they lay, are void.

    Attributes:
        header: of the stream.
        epoch: of its producer's incarnation; another one than before continues the stream under it.
        job_digest: SHA-256 of its job document, 64 hexadecimal digits.
        labels: names by class.
        start: the first frame that will be emitted.
    """

    header: StreamHeader
    epoch: int
    job_digest: str
    labels: tuple[str, ...]
    start: int


class Emit(NamedTuple):
    """Write these rows; those of one stream are in order and follow what was emitted before."""

    rows: tuple[Row, ...]


class EndStream(NamedTuple):
    """Put on record how a stream ended, after its `captured` rows; `ended` is the answer."""

    stream: str
    ending: Ending
    captured: int
    reason: str


class Attach(NamedTuple):
    """Map the memory that a producer's pictures lie in, if this process can; `attached` is the answer.

    Attributes:
        stream, epoch: whose pictures they are; slots have the size of this stream's pictures.
        offer: from a peer; nothing in it is believed.
    """

    stream: str
    epoch: int
    offer: ShmOfferFields


class Keep(NamedTuple):
    """Keep the picture of a frame that will be emitted, until it is written.

    Attributes:
        stream, seq: the frame.
        width, height: as it was captured; boxes are measured in them.
        slot: in the stream's segment; -1 if the picture is `data`.
        data: a JPEG file whose head has the size of the stream's pictures; None if it lies in `slot`.
    """

    stream: str
    seq: int
    width: int
    height: int
    slot: int
    data: bytes | None


Action: TypeAlias = Send | Notice | Finish | Begin | Emit | EndStream | Attach | Keep
