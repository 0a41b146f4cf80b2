"""What every core may ask of its runner. A role adds actions of its own in its `actions.py`.

A core never does anything itself: each call takes an event and the time, and returns a list of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from common.exits import Exit

if TYPE_CHECKING:
    from common.messages import Message  # --help needs none of them


class Slot(NamedTuple):
    """A payload that lies in a slot of the producer's segment; the edge turns it into bytes."""

    number: int


Payload: TypeAlias = bytes | memoryview | Slot | None


class Send(NamedTuple):
    """Send a message; where that fails, the core's `send_failed` is called with this action at once.

    Attributes:
        link: which endpoint of the process.
        peer: whom, at a bound endpoint; b"" at a connecting one.
    """

    link: str
    peer: bytes
    message: Message
    payload: Payload = None


class Notice(NamedTuple):
    """Tell the person at the shell.

    `level` is `error`, `warning`, `info`, or `detail`: what matters where a role was started by hand.
    """

    level: str
    text: str


class Finish(NamedTuple):
    """End the process with this exit code once everything sent is out; the last action of a core."""

    code: Exit
    text: str = ""
