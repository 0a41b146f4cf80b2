"""What the producer's core may ask of its edge, besides sending and speaking."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from common.actions import Finish, Notice, Send


class StartCapture(NamedTuple):
    """Begin to decode a stream; frames below `first` are skipped, `first` is the first one captured."""

    stream: str
    first: int


class Lend(NamedTuple):
    """Give a slot to the stream's decoder, as soon as no transport reads it any more."""

    stream: str
    slot: int


class StopCapture(NamedTuple):
    """Decode no more of a stream; what was captured is dealt with by the core."""

    stream: str


class ReadModel(NamedTuple):
    """Read a piece of a model file and answer with `ProducerCore.model_read`."""

    session: int
    sha256: bytes
    offset: int


Action: TypeAlias = Send | Notice | Finish | StartCapture | Lend | StopCapture | ReadModel
