"""The connecting side of a session: says hello until it is admitted, keeps it alive, and begins again when it is lost.

What this file does not know: what the session is for; the role reads the welcome and decides what follows.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from common import limits
from common.actions import Send
from common.messages import RETRYABLE_REFUSALS, Beat, Bye, Hello, Message, Refuse, Welcome
from common.session import Event, Session, State
from common.transport import SERVER

NAME_TAKEN_PATIENCE_S: Final = limits.LOADING_LOST_AFTER_S + 2 * limits.LOST_AFTER_S
"""A process that comes back under its name is refused until its predecessor is known to be lost, which takes longest
where that died while it loaded."""


class Heard(Enum):
    """What a message meant for the session."""

    CURRENT = "current"
    """It belongs to the open session; the role handles it."""
    ADMITTED = "admitted"
    LOST = "lost"
    """The bound side does not know the session any more; hello is being said again."""
    LEFT = "left"
    """The bound side said goodbye."""
    REFUSED = "refused"
    """For good: `refusal` says why."""
    IGNORED = "ignored"
    """Late, repeated, or of an earlier session."""


class Dialer:
    """Drives a session from HELLO to READY, as often as it takes.

    Args:
        link: the endpoint's name, put into each `Send`.
        hello: what to say; may be replaced while not admitted.
        now: monotonic seconds.
        payload: goes along with each hello.

    Attributes:
        session: the machine; a new one after each loss.
        id: the session's number, 0 while there is none.
        server: the bound side's instance, b"" before the first welcome.
        restarted: whether the last welcome came from another instance than the one before.
        waiting_since: since when nobody has admitted it, refusals to try again included; of the last wait once it is.
    """

    def __init__(self, link: str, hello: Hello, now: float, payload: bytes | None = None) -> None:
        self.link: Final = link
        self.hello = hello
        self._payload: Final = payload
        self.session = Session(now)
        self.id = 0
        self.server = b""
        self.restarted = False
        self.refusal: Refuse | None = None
        self.waiting_since = now
        self._hello_at = now
        self._taken_since = float("inf")

    def __repr__(self) -> str:
        return f"Dialer({self.link}, {self.session}, id {self.id:x})"

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent in the session."""
        return self.session.is_open

    def send(self, message: Message, now: float, payload: bytes | None = None) -> Send:
        """Address a message to the bound side."""
        self.session.said(now)
        return Send(self.link, SERVER, message, payload)

    def heard(self, message: Message, now: float) -> Heard:
        """Take a message from the bound side and say what it means for the session."""
        if isinstance(message, Welcome):
            return self._welcomed(message, now)
        if isinstance(message, Refuse):
            return self._refused(message, now)
        if not self.is_open or message[0] != self.id:
            return Heard.IGNORED
        self.session.heard(now)
        if isinstance(message, Bye):
            self.session.move(Event.BYE, now)
            return Heard.LEFT
        return Heard.CURRENT

    def ready(self, now: float) -> None:
        """Note that this side can work."""
        if self.session.state is State.LOADING:
            self.session.move(Event.LOADED, now)

    def unsent(self, now: float) -> None:
        """Note that the transport did not take the hello: nobody is connected, and may be at any moment."""
        if self.session.state is State.HELLO:
            self._hello_at = min(self._hello_at, now + limits.HELLO_UNSENT_RETRY_S)

    def bye(self, code: str, text: str, now: float) -> list[Send]:
        """Leave for good; the goodbye is sent where there is a session."""
        if self.session.state is State.CLOSED:
            return []
        sends = [self.send(Bye(self.id, code, text), now)] if self.is_open else []
        self.session.move(Event.BYE, now)
        return sends

    def tick(self, now: float) -> tuple[list[Send], bool]:
        """Say what is due; the flag tells that the session was just found lost."""
        if self.session.state is State.HELLO:
            return self._say_hello(now), False
        if not self.is_open:
            return [], False
        if now >= self.session.lost_at():
            self.session.move(Event.LOST, now)
            self.restart(now)
            return self._say_hello(now), True
        if now >= self.session.beat_at():
            return [self.send(Beat(self.id), now)], False
        return [], False

    def deadline(self) -> float:
        """When `tick` has something to do."""
        session = self.session
        return self._hello_at if session.state is State.HELLO else session.deadline()

    def restart(self, now: float, *, delay_s: float = 0.0) -> None:
        """Begin a new session, saying hello after `delay_s`; who waits already has waited since before."""
        if self.session.state is not State.HELLO:
            self.waiting_since = now
        self.session = Session(now)
        self.id = 0
        self._hello_at = now + delay_s

    def _say_hello(self, now: float) -> list[Send]:
        if now < self._hello_at:
            return []
        self._hello_at = now + limits.HELLO_RETRY_S
        return [self.send(self.hello, now, self._payload)]

    def _welcomed(self, welcome: Welcome, now: float) -> Heard:
        if self.session.state is not State.HELLO:
            return Heard.IGNORED
        self.restarted = self.server not in {b"", welcome.instance}
        self.server = welcome.instance
        self.id = welcome.session
        self._taken_since = float("inf")
        self.session.heard(now)
        self.session.move(Event.WELCOME, now)
        return Heard.ADMITTED

    def _refused(self, refuse: Refuse, now: float) -> Heard:
        was_open = self.is_open
        if self.session.state is State.CLOSED or refuse.session != self.id:
            return Heard.IGNORED
        if refuse.code == "name_taken":
            self._taken_since = min(self._taken_since, now)
        lasting = refuse.code == "name_taken" and now - self._taken_since >= NAME_TAKEN_PATIENCE_S
        if refuse.code in RETRYABLE_REFUSALS and not lasting:
            self.restart(now, delay_s=limits.HELLO_RETRY_S)
            return Heard.LOST if was_open else Heard.IGNORED
        self.session.move(Event.REFUSED, now)
        self.refusal = refuse
        return Heard.REFUSED
