"""The one loop of a process: it owns the clock, the signals and the sockets, and asks a core what to do.

Guaranteed: actions are performed in the order in which the core returned them; a message that is none never reaches the
core; a signal is an event like any other, and the handlers that were there before come back; the last messages get
`limits.DRAIN_S` to leave, and those who connected to this process another `PARTING_S` to read them.

Heartbeats need this thread to keep turning, so nothing that it calls may block: decoding, compiling, inference, writing
to disk and reading models run on threads of the edge, which leave what they have to say in the mailbox.

What this file does not know: roles, sessions, what any message or action means, and how anything is done.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from common import limits
from common.actions import Finish, Notice, Send, Slot
from common.core import Core
from common.exits import Exit
from common.leaving import INTERRUPTS, handled
from common.mailbox import Mailbox
from common.transport import SERVER, Inbound, Outcome, Receipt
from common.wire import WireError, decode, encode
from common.zmq_transport import ZmqEndpoint, ZmqTransport

if TYPE_CHECKING:
    from typing_extensions import Buffer

A = TypeVar("A")
E = TypeVar("E")

MESSAGES_A_TURN: Final = 256
"""Messages taken from one endpoint before the others, the mailbox and the core's deadline have their turn."""

TURN_MAX_S: Final = 0.1
"""The longest wait: an edge may have something to look after that wakes nobody, such as a payload being sent."""

PARTING_S: Final = 0.25
"""How long a bound socket stays open after the last message, in which its peers must turn once: ZeroMQ throws away what
a connecting socket with IMMEDIATE has received but not read when its connection goes (measured: all of 50 messages)."""


class Edge(Protocol[A, E]):
    """What a role does in the world: threads, files, devices. Every method is called from the loop and returns soon."""

    def perform(self, action: A, now: float) -> list[A]:
        """Do an action that is no Send, Notice or Finish; returns what the core answered, if it was told at once."""

    def handle(self, items: list[E], now: float) -> list[A]:
        """Tell the core what the edge's threads left in the mailbox; returns what it answered.

        Called once a turn with what there is, often nothing, and at least each `TURN_MAX_S`.
        """

    def close(self) -> None:
        """End every thread and release everything; called once, after the sockets are closed, whatever happened."""


class Runner(Generic[A, E]):
    """Runs a core and its edge over ZeroMQ until the core finishes.

    Args:
        core: decides.
        transport: waits for everything; closed at the end of `run`.
        endpoints: the core's links by name; `add_link` adds to them.
        mailbox: the way in for the edge's threads; closed at the end of `run`.
        edge: does what the core asks for; closed at the end of `run`.
        payload: finds the bytes of a payload that lies in a slot.
        on_send: told of each message sent, and of the receipt that says when its payload may change.
        speak: tells the person at the shell.
        clock: monotonic seconds.
    """

    def __init__(  # noqa: PLR0913 - the parts of a process, once
        self,
        core: Core[A],
        transport: ZmqTransport,
        endpoints: Mapping[str, ZmqEndpoint],
        mailbox: Mailbox[E],
        edge: Edge[A, E],
        *,
        payload: Callable[[Slot], Buffer] | None = None,
        on_send: Callable[[Send, Receipt], None] | None = None,
        speak: Callable[[Notice], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._core = core
        self._transport = transport
        self._endpoints = dict(endpoints)
        self._mailbox = mailbox
        self._edge = edge
        self._payload = payload
        self._on_send = on_send
        self._speak = speak
        self._clock = clock
        self._signals: Mailbox[int] = Mailbox()
        self._refused = dict.fromkeys(self._endpoints, 0)
        self._actions: deque[A] = deque()
        self._unsent: list[Send] = []
        self._finish: Finish | None = None
        self._has_peers = False

    def add_link(self, link: str, endpoint: ZmqEndpoint) -> None:
        """Give the core another link; call it from the loop's thread, or before `run`."""
        self._endpoints[link] = endpoint
        self._refused[link] = 0

    def interrupt(self) -> None:
        """Tell the core that the user wants to end; from any thread, and what SIGINT and SIGTERM do."""
        self._signals.put(0)

    def run(self, responsible: Callable[[], None] = lambda: None) -> Finish:
        """Run to the end and say how it ended; may be called once.

        Args:
            responsible: called once whatever happens from then on closes everything; interrupts may be held back until
                then, and what it raises ends the run.

        Signals are handled while it runs, if it is called from the main thread; while it closes they do what they did
        before, so that a second Ctrl-C also ends a process that cannot close.

        Raises:
            NetworkError: a socket failed in a way that no peer can cause.
            Exception: a defect of the core or the edge; everything is closed.
        """
        with ExitStack() as stack:
            stack.callback(self._mailbox.close)
            stack.callback(self._signals.close)
            stack.callback(self._edge.close)
            stack.callback(self._close_transport)
            for mailbox in (self._mailbox, self._signals):
                self._transport.watch(mailbox.fileno())
            responsible()
            stack.enter_context(handled(dict.fromkeys(INTERRUPTS, self._on_signal)))
            return self._loop()

    def _loop(self) -> Finish:
        self._perform(self._core.start(self._clock()))
        self._flush()
        while self._finish is None:
            wait_s = 0.0 if self._unsent else self._core.deadline() - self._clock()
            self._transport.wait(max(0.0, min(wait_s, TURN_MAX_S)))
            self._turn()
        if self._has_peers:
            self._part()
        return self._finish

    def _part(self) -> None:
        """Keep turning without listening: what is said now is too late."""
        end = self._clock() + PARTING_S
        while (left_s := end - self._clock()) > 0:
            self._transport.wait(left_s)
            for endpoint in self._endpoints.values():
                endpoint.receive()
            self._signals.drain()
            self._mailbox.drain()

    def _turn(self) -> None:
        """Hear everybody, then do what is due: after a stall, mail that waits comes before a verdict on who is lost.

        The same holds for a peer that takes no more: the last that it said, perhaps goodbye, may still be to be read.
        """
        unsent, self._unsent = self._unsent, []
        for link, endpoint in tuple(self._endpoints.items()):
            self._receive(link, endpoint)
        for send in unsent:
            self._perform(self._core.send_failed(send, Outcome.GONE, self._clock()))
        now = self._clock()
        for _ in self._signals.drain():
            self._perform(self._core.interrupt(now))
        self._perform(self._edge.handle(self._mailbox.drain(), now))
        now = self._clock()
        if now >= self._core.deadline():
            self._perform(self._core.tick(now))
        self._flush()

    def _flush(self) -> None:
        """Let follow what the turn has made possible; and what follows from that, as a worker that takes no more."""
        while self._finish is None and (actions := self._core.flush(self._clock())):
            self._perform(actions)

    def _receive(self, link: str, endpoint: ZmqEndpoint) -> None:
        for _ in range(MESSAGES_A_TURN):
            inbound = endpoint.receive()
            if inbound is None or self._finish is not None:
                break
            self._perform(self._heard(link, inbound))
        while self._refused[link] < endpoint.refused:
            self._refused[link] += 1
            self._perform(self._core.garbage(link, b"", "parts", self._clock()))

    def _heard(self, link: str, inbound: Inbound[bytes]) -> list[A]:
        now = self._clock()
        peer, header, payload = inbound
        try:
            message = decode(header, 0 if payload is None else payload.nbytes)
        except WireError as error:
            return self._core.garbage(link, peer, error.code, now)
        return self._core.receive(link, peer, message, payload, now)

    def _perform(self, actions: list[A]) -> None:
        """Perform actions and what follows from them, in the order in which the core returned them."""
        self._actions.extend(actions)
        while self._actions and self._finish is None:
            action = self._actions.popleft()
            if isinstance(action, Send):
                self._actions.extend(self._send(action))
            elif isinstance(action, Notice):
                self._speak(action)
            elif isinstance(action, Finish):
                self._end(action)
            else:
                self._actions.extend(self._edge.perform(action, self._clock()))

    def _send(self, send: Send) -> list[A]:
        payload = self._resolve(send.payload) if isinstance(send.payload, Slot) else send.payload
        receipt = self._endpoints[send.link].send(send.peer, encode(send.message), payload)
        if self._on_send is not None:
            self._on_send(send, receipt)
        if receipt.outcome is Outcome.SENT:
            self._has_peers = self._has_peers or send.peer != SERVER
            return []
        if receipt.outcome is Outcome.GONE:
            self._unsent.append(send)  # told when it has been heard
            return []
        return self._core.send_failed(send, receipt.outcome, self._clock())

    def _resolve(self, slot: Slot) -> Buffer:
        if self._payload is None:
            raise TypeError(f"{slot} in a process without slots")
        return self._payload(slot)

    def _end(self, finish: Finish) -> None:
        self._finish = finish
        if finish.text:
            self._speak(Notice("info" if finish.code is Exit.OK else "error", finish.text))

    def _close_transport(self) -> None:
        self._transport.close(0.0 if self._finish is None else limits.DRAIN_S)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.interrupt()
