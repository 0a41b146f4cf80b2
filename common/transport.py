"""What every transport promises: messages to a peer, without ever waiting.

Guaranteed by each implementation (tests/unit/common/test_transport_contract.py runs against all of them):

- `send` and `receive` return at once; what could not be sent was not sent, not even in part.
- Messages of one connection arrive in the order they were sent, or not at all. Nothing is acknowledged: a message that
  was sent may be lost with its connection.
- Every connection has a `peer` of its own at the bound side; a process that comes back is another peer.
- Nothing is kept for a peer that is not there.

What this file does not know: sockets, encodings, clocks, and what the messages mean.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Buffer

H = TypeVar("H")
"""A header: encoded bytes on a wire, the message itself in a simulation."""

SERVER: Final = b""
"""The one peer of a connecting endpoint."""


class Outcome(Enum):
    """What became of a send."""

    SENT = "sent"
    """It is on its way; it may still be lost with the connection."""
    FULL = "full"
    """Nothing was sent: the peer's queue is full, or, at a connecting endpoint, nobody is there at the moment."""
    GONE = "gone"
    """Nothing was sent: no connection has this peer any more."""


class Inbound(NamedTuple, Generic[H]):
    """One message as it arrived.

    Attributes:
        peer: whom to answer: 1..255 bytes at a bound endpoint, `SERVER` at a connecting one.
        header: bytes of unchecked length and content, or a message in a simulation.
        payload: uint8, one dimension, valid for as long as it is referenced; None where there was no payload part.
    """

    peer: bytes
    header: H
    payload: memoryview | None = None


class Receipt(Protocol):
    """What is known of one send."""

    @property
    def outcome(self) -> Outcome:
        """Whether it was sent; it never changes."""

    def done(self) -> bool:
        """Say whether the transport has finished with the payload's memory.

        It becomes true only while the endpoint's owner keeps waiting and receiving: a dead peer's queue is given up by
        the thread that polls. True at once unless the payload was taken without a copy.
        """


class Settled:
    """A receipt of which nothing more will be heard: nothing was sent, or the payload was copied."""

    __slots__ = ("outcome",)

    def __init__(self, outcome: Outcome) -> None:
        self.outcome: Final = outcome

    def __repr__(self) -> str:
        return f"Settled({self.outcome.name})"

    def done(self) -> bool:
        """Return True: nobody else reads the payload."""
        return True


SENT: Final = Settled(Outcome.SENT)
FULL: Final = Settled(Outcome.FULL)
GONE: Final = Settled(Outcome.GONE)


class Endpoint(Protocol[H]):
    """One end of a transport: bound, with any number of peers, or connecting, with the one peer `SERVER`."""

    @property
    def address(self) -> str:
        """The address bound (with the port that was chosen) or connected to."""

    @property
    def refused(self) -> int:
        """How many messages were discarded because they had too many or too few parts."""

    def send(self, peer: bytes, header: H, payload: Buffer | None = None) -> Receipt:
        """Send one message, or nothing.

        Args:
            peer: from an `Inbound`, or `SERVER`.
            header: the first part.
            payload: the second part, C-contiguous, of any shape and type (an ndarray's `.data`). It must not change
                until the receipt is done.
        """

    def receive(self) -> Inbound[H] | None:
        """Take the next message, or None when none is waiting."""

    def close(self, linger_s: float = 0.0) -> None:
        """Leave; what was sent has `linger_s` seconds to get out, without anybody waiting for it here."""
