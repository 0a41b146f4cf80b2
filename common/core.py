"""What the runner and the simulation may ask of a role's core, and nothing else.

A core is a pure state machine: every call takes the time, and returns actions that the caller performs in order. What
an event merely makes possible (more work, an acknowledgement) need not be done for each one: it is left to `flush`.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from common.actions import Send
from common.messages import Message
from common.transport import Outcome

A = TypeVar("A")


class Core(Protocol, Generic[A]):
    """One role's decisions. Each call may return any of its actions."""

    def start(self, now: float) -> list[A]:
        """Begin; called once, first."""

    def receive(self, link: str, peer: bytes, message: Message, payload: memoryview | None, now: float) -> list[A]:
        """Take a well-formed message that arrived on a link."""

    def garbage(self, link: str, peer: bytes, code: str, now: float) -> list[A]:
        """Count bytes that were no message; `protocol` is a hello of another protocol number, and is answered."""

    def send_failed(self, send: Send, outcome: Outcome, now: float) -> list[A]:
        """Learn that a `Send` was not sent (FULL or GONE)."""

    def tick(self, now: float) -> list[A]:
        """Do what is due; called at `deadline` or a little later, and may be called at any time."""

    def flush(self, now: float) -> list[A]:
        """Do what follows from all that was told since the last call, once and not after each event.

        Called last in each turn, after every message, all that the edge had to say and the tick; and again, until it
        returns nothing.
        """

    def deadline(self) -> float:
        """When `tick` is next wanted, in the clock of `now`; infinite for never."""

    def interrupt(self, now: float) -> list[A]:
        """Take the user's wish to end: the first time orderly within `limits.DRAIN_S`, the second at once."""

    def check(self) -> None:
        """Assert every invariant; tests call it after each event."""
