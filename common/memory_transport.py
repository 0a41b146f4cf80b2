"""A network in memory, on a virtual clock: endpoints that lose, delay, repeat and reorder as a seed decides.

It keeps the contract of common.transport, and ZeroMQ's habits where the machines depend on them: connections come up
by themselves, in any order of start, with a new peer id each time; a message sent just before a crash may be lost; the
dead are noticed a little later; a partition loses messages at once and connections after a while. It is meaner than
TCP: it can drop, repeat and reorder messages of a living connection.

Everything happens inside `advance`, in order of time, then of sending; the same seed and calls give the same history.
What this file does not know: real time, sockets, and what the messages are (they are passed by reference).
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

from common.errors import NetworkError
from common.transport import FULL, GONE, SENT, SERVER, Inbound, Outcome, Receipt

if TYPE_CHECKING:
    from random import Random

    from typing_extensions import Buffer

M = TypeVar("M")

_PEER = struct.Struct(">xI")
"""As a ROUTER makes them: a zero byte and a counter."""


@dataclass(slots=True)
class Faults:
    """What goes wrong, from the next message on; every field may be changed at any time.

    Attributes:
        latency_s: least and greatest delay of a message, seconds.
        drop, duplicate, reorder: the chance of each for one message, 0..1.
        reorder_delay_s: the most by which a reordered message or a repetition comes late.
        crash_loss: the chance that a message under way from a crashed endpoint is lost with it.
        notice_s: how long the other side takes to see that a connection is gone.
        reconnect_s: least and greatest wait before a connection is tried again.
        cut_break_s: how long a partition lasts before it breaks connections (ZeroMQ's heartbeat timeout).
    """

    latency_s: tuple[float, float] = (0.0001, 0.0005)
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_delay_s: float = 0.05
    crash_loss: float = 0.5
    notice_s: float = 0.002
    reconnect_s: tuple[float, float] = (0.05, 1.0)
    cut_break_s: float = 2.0


class _Tracked:
    """The receipt of a payload: done when no copy of the message is under way any more."""

    __slots__ = ("outcome", "under_way")

    def __init__(self) -> None:
        self.outcome: Final = Outcome.SENT
        self.under_way = 0

    def done(self) -> bool:
        return self.under_way == 0


class _Pipe(Generic[M]):
    """One direction of one connection.

    Attributes:
        peer: how the receiver names the sender.
        route: the hosts from and to.
        capacity, unread: messages admitted, and those sent but not yet received.
        latest: when the last message in order arrives.
        survival: the chance of what is still under way: 1 while the connection lives.
    """

    __slots__ = ("capacity", "latest", "peer", "receiver", "route", "survival", "unread")

    def __init__(self, sender: MemoryEndpoint[M], receiver: MemoryEndpoint[M], peer: bytes) -> None:
        self.peer: Final = peer
        self.receiver: Final = receiver
        self.route: Final = (sender.host, receiver.host)
        self.capacity: Final = sender.queue_messages + receiver.queue_messages
        self.unread = 0
        self.latest = 0.0
        self.survival = 1.0


@dataclass(slots=True, eq=False)
class _Connection(Generic[M]):
    """One incarnation of a connection, from its handshake to its break."""

    peer: bytes
    client: MemoryEndpoint[M]
    server: MemoryEndpoint[M]
    up: _Pipe[M]
    down: _Pipe[M]


_Letter: TypeAlias = tuple[float, int, _Pipe[M], Inbound[M], _Tracked | None]
_Alarm: TypeAlias = tuple[float, int, None, Callable[[], None], None]


class MemoryEndpoint(Generic[M]):
    """A `transport.Endpoint[M]` of a `MemoryNetwork`; made by it.

    Attributes:
        address: bound or connected to.
        host: the machine it is on, for partitions.
        queue_messages: its part of a connection's capacity, in messages.
        refused: 0, as nothing here has parts.
        is_open: False once closed or crashed.
    """

    __slots__ = ("_absent", "_network", "_pipes", "address", "host", "inbox", "is_open", "queue_messages", "refused")

    def __init__(self, network: MemoryNetwork[M], address: str, host: str, queue_messages: int, *, bound: bool) -> None:
        self.address: Final = address
        self.host: Final = host
        self.queue_messages: Final = queue_messages
        self.refused: Final = 0
        self.is_open = True
        self.inbox: deque[_Letter[M]] = deque()
        self._network: Final = network
        self._pipes: dict[bytes, _Pipe[M]] = {}
        self._absent: Final = GONE if bound else FULL

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"MemoryEndpoint({self.address} on {self.host!r}, {state}, {len(self._pipes)} peers)"

    def send(self, peer: bytes, header: M, payload: Buffer | None = None) -> Receipt:
        """Send one message at the network's `now`; see `transport.Endpoint.send`."""
        pipe = self._pipes.get(peer)
        if pipe is None:
            return self._absent
        if pipe.unread >= pipe.capacity:
            return FULL
        if payload is None:
            self._network.post(pipe, Inbound(pipe.peer, header), None)
            return SENT
        receipt = _Tracked()
        view = memoryview(payload)
        flat = view.cast("B") if view.nbytes else memoryview(b"")  # Python casts no shape with a zero in it
        self._network.post(pipe, Inbound(pipe.peer, header, flat), receipt)
        return receipt

    def receive(self) -> Inbound[M] | None:
        """Take the next message that has arrived, or None."""
        if not self.inbox:
            return None
        _, _, pipe, inbound, _ = self.inbox.popleft()
        pipe.unread -= 1
        return inbound

    def close(self, linger_s: float = 0.0) -> None:
        """Leave: what is under way still arrives if there is any `linger_s`, else each message as in a crash."""
        self._network.leave(self, survival=1.0 if linger_s else None)

    def crash(self) -> None:
        """Die: what is under way is lost with the chance `crash_loss`, and what waits here in any case."""
        self._network.leave(self, survival=None)

    def attach(self, peer: bytes, pipe: _Pipe[M]) -> None:
        """Learn of a connection (called by the network)."""
        self._pipes[peer] = pipe

    def detach(self, peer: bytes, pipe: _Pipe[M]) -> bool:
        """Forget a connection if it is still this one (called by the network)."""
        known = self._pipes.get(peer) is pipe
        if known:
            del self._pipes[peer]
        return known


class MemoryNetwork(Generic[M]):
    """The network itself: one heap of what is to happen.

    Args:
        rng: where every chance comes from.
        faults: what goes wrong; kept, so changes to it are seen.

    Attributes:
        now: virtual seconds, set by `advance`.
        faults: as given.
        sent, lost: messages handed to the network, and those that it dropped.
    """

    def __init__(self, rng: Random, faults: Faults | None = None) -> None:
        self.now = 0.0
        self.faults: Final = faults or Faults()
        self.sent = 0
        self.lost = 0
        self._random: Final = rng.random
        self._uniform: Final = rng.uniform
        self._heap: list[_Letter[M] | _Alarm] = []
        self._serial = 0
        self._peers = rng.getrandbits(31)
        self._bound: dict[str, MemoryEndpoint[M]] = {}
        self._waiting: list[MemoryEndpoint[M]] = []
        self._connections: list[_Connection[M]] = []
        self._cuts: dict[tuple[str, str], float] = {}

    def bind(self, address: str, *, host: str = "", queue_messages: int = 1000) -> MemoryEndpoint[M]:
        """Open an endpoint for any number of peers; those who wait for the address connect after `reconnect_s`.

        Raises:
            NetworkError: an open endpoint has the address.
        """
        if address in self._bound:
            raise NetworkError(f"cannot bind {address}: it is in use")
        endpoint = MemoryEndpoint(self, address, host, queue_messages, bound=True)
        self._bound[address] = endpoint
        self._retry()
        return endpoint

    def connect(self, address: str, *, host: str = "", queue_messages: int = 1000) -> MemoryEndpoint[M]:
        """Open an endpoint with the one peer `SERVER`, there or not."""
        endpoint = MemoryEndpoint(self, address, host, queue_messages, bound=False)
        self._at(self.now + self._uniform(*self.faults.latency_s), partial(self._handshake, endpoint))
        return endpoint

    def cut(self, source: str, target: str) -> None:
        """Lose everything from one host to another, from now on, also what is under way."""
        since = self._cuts.setdefault((source, target), self.now)
        self._at(since + self.faults.cut_break_s, partial(self._break_cut, (source, target), since))

    def heal(self, source: str, target: str) -> None:
        """Undo `cut`; broken connections come back after `reconnect_s`."""
        self._cuts.pop((source, target), None)
        self._retry()

    def next_delivery(self) -> float | None:
        """Return when something happens next, in virtual seconds; None if nothing will."""
        return self._heap[0][0] if self._heap else None

    def advance(self, now: float) -> list[MemoryEndpoint[M]]:
        """Let everything happen that is due by `now`, and return the endpoints that got mail, in that order."""
        heap = self._heap
        if not heap or heap[0][0] > now:
            self.now = max(self.now, now)
            return []
        woken: dict[MemoryEndpoint[M], None] = {}
        while heap and heap[0][0] <= now:
            entry = heappop(heap)
            self.now = entry[0]
            if entry[2] is None:
                entry[3]()
            elif self._arrive(entry):
                woken[entry[2].receiver] = None
        self.now = max(self.now, now)
        return list(woken)

    def post(self, pipe: _Pipe[M], inbound: Inbound[M], receipt: _Tracked | None) -> None:
        """Take a message from an endpoint and decide its fate (called by endpoints)."""
        faults = self.faults
        self.sent += 1
        if faults.drop and self._random() < faults.drop:
            self.lost += 1
            return
        least, greatest = faults.latency_s
        at = self.now + least + (greatest - least) * self._random()
        if faults.reorder and self._random() < faults.reorder:
            at += faults.reorder_delay_s * self._random()
        elif at < pipe.latest:
            at = pipe.latest  # TCP keeps order: nothing overtakes what was sent before it
        else:
            pipe.latest = at
        self._push(at, pipe, inbound, receipt)
        if faults.duplicate and self._random() < faults.duplicate:
            self._push(at + faults.reorder_delay_s * self._random(), pipe, inbound, receipt)

    def leave(self, endpoint: MemoryEndpoint[M], survival: float | None) -> None:
        """Take an endpoint off the network (called by endpoints); a second time changes nothing.

        Args:
            endpoint: who leaves.
            survival: the chance of each message under way from it; None for that of a crash.
        """
        if not endpoint.is_open:
            return
        endpoint.is_open = False
        endpoint.inbox.clear()
        if self._bound.get(endpoint.address) is endpoint:
            del self._bound[endpoint.address]
        chance = 1.0 - self.faults.crash_loss if survival is None else survival
        for connection in [c for c in self._connections if endpoint in (c.client, c.server)]:
            own = connection.up if connection.client is endpoint else connection.down
            self._sever(connection)
            own.survival = chance

    def _push(self, at: float, pipe: _Pipe[M], inbound: Inbound[M], receipt: _Tracked | None) -> None:
        pipe.unread += 1
        if receipt is not None:
            receipt.under_way += 1
        self._serial += 1
        heappush(self._heap, (at, self._serial, pipe, inbound, receipt))

    def _at(self, at: float, action: Callable[[], None]) -> None:
        self._serial += 1
        heappush(self._heap, (at, self._serial, None, action, None))

    def _arrive(self, letter: _Letter[M]) -> bool:
        at, serial, pipe, inbound, receipt = letter
        if receipt is not None:
            receipt.under_way -= 1
        if (
            not pipe.receiver.is_open
            or (self._cuts and pipe.route in self._cuts)
            or (pipe.survival < 1.0 and self._random() >= pipe.survival)
        ):
            pipe.unread -= 1
            self.lost += 1
            return False
        if inbound.payload is not None:
            # The sender may reuse its memory from now on, so the receiver gets bytes of its own, as over a wire.
            letter = (at, serial, pipe, inbound._replace(payload=memoryview(bytearray(inbound.payload))), receipt)
        pipe.receiver.inbox.append(letter)
        return True

    def _handshake(self, client: MemoryEndpoint[M]) -> None:
        if not client.is_open:
            return
        server = self._bound.get(client.address)
        if server is None or self._is_cut(client.host, server.host):
            self._waiting.append(client)
            return
        self._peers += 1
        peer = _PEER.pack(self._peers & 0xFFFF_FFFF)
        connection = _Connection(peer, client, server, _Pipe(client, server, peer), _Pipe(server, client, SERVER))
        client.attach(SERVER, connection.up)
        server.attach(peer, connection.down)
        self._connections.append(connection)

    def _retry(self) -> None:
        waiting, self._waiting = self._waiting, []
        for client in waiting:
            self._at(self.now + self._uniform(*self.faults.reconnect_s), partial(self._handshake, client))

    def _is_cut(self, one: str, other: str) -> bool:
        return (one, other) in self._cuts or (other, one) in self._cuts

    def _break_cut(self, route: tuple[str, str], since: float) -> None:
        """Break the connections between two hosts if the partition that began at `since` still lasts."""
        if self._cuts.get(route) == since:
            for connection in [c for c in self._connections if route in (c.up.route, c.down.route)]:
                self._sever(connection)

    def _sever(self, connection: _Connection[M]) -> None:
        self._connections.remove(connection)
        connection.up.survival = connection.down.survival = 0.0
        self._at(self.now + self.faults.notice_s, partial(self._notice, connection))

    def _notice(self, connection: _Connection[M]) -> None:
        connection.server.detach(connection.peer, connection.down)
        if connection.client.detach(SERVER, connection.up) and connection.client.is_open:
            self._at(self.now + self._uniform(*self.faults.reconnect_s), partial(self._handshake, connection.client))
