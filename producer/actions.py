"""What the producer's core may ask of its edge, besides sending and speaking."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from common.actions import Finish, Notice, Send
from common.messages import WorkItem


class StartCapture(NamedTuple):
    """Begin to decode a stream; frames below `first` are skipped, `first` is the first one captured."""

    stream: str
    first: int


class Lend(NamedTuple):
    """Give slots to the stream's decoder, each as soon as no transport reads it any more."""

    stream: str
    slots: tuple[int, ...]


class Attend(NamedTuple):
    """Say whether the decoders' frames are to wake the loop: not while no worker may run out of them."""

    attends: bool


class MakePictures(NamedTuple):
    """Reserve memory for originals and have the decoder fill it; answer with `ProducerCore.pictures_made`.

    Where that is impossible the stream has ended: `ProducerCore.source_ended`. Comes before `StartCapture`.

    Attributes:
        stream: whose.
        first: the slot whose picture is number 0; that of the next slot is number 1.
        slots: how many pictures; only so many slots of the stream are lent.
        width, height: of each in pixels, both even.
    """

    stream: str
    first: int
    slots: int
    width: int
    height: int


class EncodePicture(NamedTuple):
    """Encode the picture of the frame in `slot` and answer with `ProducerCore.picture_encoded`."""

    stream: str
    seq: int
    slot: int


class Pack(NamedTuple):
    """Encode the frame in `slot` as a JPEG file and answer with `ProducerCore.packed`.

    Attributes:
        worker: the session that it is for.
        item: how it is to be sent, when it is encoded.
        slot: where its pixels are.
    """

    worker: int
    item: WorkItem
    slot: int


class StopCapture(NamedTuple):
    """Decode no more of a stream; what was captured is dealt with by the core."""

    stream: str


class ReadModel(NamedTuple):
    """Read a piece of a model file and answer with `ProducerCore.model_read`."""

    session: int
    sha256: bytes
    offset: int


Action: TypeAlias = (
    Send
    | Notice
    | Finish
    | StartCapture
    | Lend
    | Attend
    | StopCapture
    | ReadModel
    | MakePictures
    | EncodePicture
    | Pack
)
