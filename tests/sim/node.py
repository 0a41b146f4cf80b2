"""A simulated process: a core, its endpoints, and the part of `common.runner` that lies between them.

It performs actions in the runner's order (mail, then what the edge has to say, then what is due, then what follows from
all of it). A crash loses all
of it at once; a frozen node hears and says nothing until it thaws, while its mail and its timers pile up.
What this file does not know: what any role does in the world (*_node.py), and what must hold (oracle.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from common.actions import Finish, Notice, Send, Slot
from common.transport import Outcome, Receipt
from tests.sim.clock import Clock
from tests.sim.oracle import BrokenPromiseError

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from common.core import Core
    from common.memory_transport import MemoryEndpoint
    from common.messages import Message
    from tests.sim.fleet import Fleet

TICKS_AT_ONCE: Final = 20
"""Calls of `tick` without time passing, after which a core's deadline is never going to move: a busy loop."""
CHECK_EVERY: Final = 16
"""Calls of a core from one `check` of all its invariants to the next: they cost as much as the calls."""


class Node:
    """One process of one incarnation.

    Attributes:
        name, host: of the process.
        core: its decisions; set by the subclass before `start`, as are
        doings: what it does about each action of its role.
        links: endpoints by the core's name for them.
        alive: until it crashed or finished.
        finish: how it finished.
        deadline: the core's, as of its last call, in the world's time.
        clock: what it takes for the time.
        trap: to be asked after each call whether it dies now.
        stirred: whether the core was told something since it was last let to draw its conclusions.
    """

    core: Core[Any]
    doings: Mapping[type, Callable[[Any], None]]

    def __init__(self, fleet: Fleet, name: str, host: str) -> None:
        self.fleet: Final = fleet
        self.name: Final = name
        self.host: Final = host
        self.instance: Final = fleet.rng.randbytes(16)
        self.links: dict[str, MemoryEndpoint[Message]] = {}
        self.alive = True
        self.finish: Finish | None = None
        self.deadline = float("inf")
        self.clock: Final = Clock(fleet.clocks[host])
        self.trap: Callable[[], None] | None = None
        self.stirred = False
        self._thaws_at = 0.0
        self._backlog: list[Callable[[], None]] = []
        self._actions: deque[Any] = deque()
        self._performing = False
        self._ticks = 0
        self._calls = 0
        self._flushes = 0
        self._ticked_at = -1.0

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def frozen(self) -> bool:
        """Whether it is stopped at the moment."""
        return self.fleet.now < self._thaws_at

    def start(self) -> None:
        """Begin."""
        self.call("start", self.core.start)

    def later(self, delay_s: float, event: Callable[[], None]) -> None:
        """Do something in this process after a while; never if it is dead by then, later if it is frozen."""
        self.fleet.at(self.fleet.now + delay_s, partial(self._due, event))

    def call(self, what: str, method: Callable[..., list[Any]], *args: object) -> None:
        """Tell the core something, perform what it answers, and now and then check all of it."""
        if not self.alive:
            return
        self.stirred = True
        if self.fleet.story is not None:
            self.fleet.tell(self.name, what, args)
        self._actions.extend(method(*args, self.clock.read(self.fleet.now)))
        if not self._performing:
            self._perform()

    def read_mail(self) -> None:
        """Hear everything that has arrived."""
        if self.fleet.now < self._thaws_at:
            return
        receive = self.core.receive
        for link, endpoint in tuple(self.links.items()):
            while endpoint.inbox and self.alive and (inbound := endpoint.receive()) is not None:
                self.call("receive", receive, link, *inbound)

    def wake(self) -> None:
        """Let the core do what is due."""
        now = self.fleet.now
        self._ticks = self._ticks + 1 if now == self._ticked_at else 0
        self._ticked_at = now
        if self._ticks > TICKS_AT_ONCE:
            raise BrokenPromiseError(f"{self.name} is busy: deadline {self.deadline} stays due at {now}")
        self.call("tick", self.core.tick)

    def flush(self) -> None:
        """Let the core do what follows from this turn, and what follows from that."""
        while self.alive and (actions := self.core.flush(self.clock.read(self.fleet.now))):
            if self.fleet.story is not None:
                self.fleet.tell(self.name, "flush", "")
            self._actions.extend(actions)
            self._perform()
        self.stirred = False
        self._flushes += 1
        if self.alive and self._flushes % CHECK_EVERY == 0:
            self.examine()

    def leap(self, seconds: float) -> None:
        """Let its clock go on later."""
        self.clock.leap(seconds)
        self.deadline = self.clock.comes_at(self.core.deadline())

    def freeze(self, for_s: float) -> None:
        """Stop, as SIGSTOP does."""
        self._thaws_at = max(self._thaws_at, self.fleet.now + for_s)
        self.fleet.at(self._thaws_at, self._thaw)

    def crash(self) -> None:
        """Die, as SIGKILL does."""
        self.alive = False
        self.deadline = float("inf")
        for endpoint in self.links.values():
            endpoint.crash()

    def payload(self, slot: Slot) -> Buffer:
        """Find the bytes of a payload in a slot."""
        raise NotImplementedError(slot)

    def on_send(self, send: Send, receipt: Receipt) -> None:
        """Learn of what was sent; nothing to do unless slots are sent."""

    def examine(self) -> None:
        """Hold what the core believes against what is so in the world."""

    def ended(self) -> None:
        """Do what is left to do after Finish."""

    def _due(self, event: Callable[[], None]) -> None:
        if not self.alive:
            return
        if self.fleet.now < self._thaws_at:
            self._backlog.append(event)
        else:
            event()

    def _thaw(self) -> None:
        if not self.alive or self.frozen:
            return
        self.read_mail()
        backlog, self._backlog = self._backlog, []
        for event in backlog:
            self._due(event)

    def _perform(self) -> None:
        self._performing = True
        actions = self._actions
        while actions and self.alive:
            action = actions.popleft()
            kind = type(action)
            if kind is Send:
                self._send(action)
            elif kind is Finish:
                self._end(action)
            elif kind is not Notice:
                self.doings[kind](action)
        self._performing = False
        actions.clear()
        if not self.alive:
            return
        self.deadline = self.clock.comes_at(self.core.deadline())
        self._calls += 1
        if self._calls % CHECK_EVERY == 0:
            self.core.check()
        if self.trap is not None:
            self.trap()

    def _send(self, send: Send) -> None:
        payload = self.payload(send.payload) if isinstance(send.payload, Slot) else send.payload
        receipt = self.links[send.link].send(send.peer, send.message, payload)
        outcome = receipt.outcome
        self.on_send(send, receipt)
        if self.fleet.story is not None:
            self.fleet.tell(self.name, "send" if outcome is Outcome.SENT else "not sent", send[:3])
        if outcome is not Outcome.SENT:
            self.call("send_failed", self.core.send_failed, send, outcome)

    def _end(self, finish: Finish) -> None:
        self.alive = False
        self.finish = finish
        self.deadline = float("inf")
        for endpoint in self.links.values():
            endpoint.close(1.0)
        if self.fleet.story is not None:
            self.fleet.tell(self.name, "finish", finish)
        self.ended()
        self.fleet.finished(self)
