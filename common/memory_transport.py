"""A network in memory, on a virtual clock: endpoints that lose, delay, repeat and reorder as a seed decides.

It keeps the contract of common.transport, and ZeroMQ's habits where the machines depend on them: connections come up
by themselves, in any order of start, with a new peer id each time; a message sent just before a crash may be lost; the
dead are noticed a little later; a partition, of hosts or nodes, loses messages at once and connections after a while.
It is meaner than TCP: it can drop, repeat and reorder messages of a living connection, and keep some to deliver them
again when sender, receiver or connection are others by then.

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
from common.memory_faults import Faults
from common.transport import FULL, GONE, SENT, SERVER, Inbound, Outcome, Receipt

if TYPE_CHECKING:
    from random import Random

    from typing_extensions import Buffer

M = TypeVar("M")

_PEER = struct.Struct(">xI")
"""As a ROUTER makes them: a zero byte and a counter."""


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
        sender, receiver: its ends.
        routes: what cuts it: the hosts from and to, and the nodes.
        capacity, unread: messages admitted, and those sent but not yet received.
        latest: when the last message in order arrives.
        survival: the chance of what is still under way: 1 while the connection lives.
    """

    __slots__ = ("capacity", "latest", "peer", "receiver", "routes", "sender", "survival", "unread")

    def __init__(self, sender: MemoryEndpoint[M], receiver: MemoryEndpoint[M], peer: bytes) -> None:
        self.peer: Final = peer
        self.sender: Final = sender
        self.receiver: Final = receiver
        self.routes: Final = ((sender.host, receiver.host), (sender.node, receiver.node))
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
        host, node: the machine it is on, and the process that has it (the same after a restart), for partitions.
        queue_messages: its part of a connection's capacity, in messages.
        refused: 0, as nothing here has parts.
        is_open: False once closed or crashed.
    """

    __slots__ = (
        "_absent",
        "_network",
        "_pipes",
        "address",
        "host",
        "inbox",
        "is_open",
        "node",
        "queue_messages",
        "refused",
    )

    def __init__(
        self, network: MemoryNetwork[M], address: str, place: tuple[str, str], queue_messages: int, *, bound: bool
    ) -> None:
        self.address: Final = address
        self.host, self.node = place
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
        haunted: messages of before that it delivered once more.
    """

    def __init__(self, rng: Random, faults: Faults | None = None) -> None:
        self.now = 0.0
        self.faults: Final = faults or Faults()
        self.sent = 0
        self.lost = 0
        self.haunted = 0
        self._random: Final = rng.random
        self._uniform: Final = rng.uniform
        self._heap: list[_Letter[M] | _Alarm] = []
        self._serial = 0
        self._peers = rng.getrandbits(31)
        self._bound: dict[str, MemoryEndpoint[M]] = {}
        self._waiting: list[MemoryEndpoint[M]] = []
        self._connections: list[_Connection[M]] = []
        self._cuts: dict[tuple[str, str], float] = {}

    def bind(self, address: str, *, host: str = "", node: str = "", queue_messages: int = 1000) -> MemoryEndpoint[M]:
        """Open an endpoint for any number of peers; those who wait for the address connect after `reconnect_s`.

        Raises:
            NetworkError: an open endpoint has the address.
        """
        if address in self._bound:
            raise NetworkError(f"cannot bind {address}: it is in use")
        endpoint = MemoryEndpoint(self, address, (host, node), queue_messages, bound=True)
        self._bound[address] = endpoint
        self._retry()
        return endpoint

    def connect(self, address: str, *, host: str = "", node: str = "", queue_messages: int = 1000) -> MemoryEndpoint[M]:
        """Open an endpoint with the one peer `SERVER`, there or not."""
        endpoint = MemoryEndpoint(self, address, (host, node), queue_messages, bound=False)
        self._at(self.now + self._uniform(*self.faults.latency_s), partial(self._handshake, endpoint))
        return endpoint

    def cut(self, source: str, target: str) -> None:
        """Lose everything from one host to another, or from one node to another, also what is under way."""
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
        if faults.haunt and self._random() < faults.haunt:
            if inbound.payload is not None:
                inbound = inbound._replace(payload=memoryview(bytes(inbound.payload)))  # as it was when it was sent
            soonest, latest = faults.late_s
            late_s = soonest + (latest - soonest) * self._random() ** 3
            self._at(self.now + late_s, partial(self._haunt, pipe, inbound))

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
            or (self._cuts and not self._cuts.keys().isdisjoint(pipe.routes))
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
        if server is None or self._is_cut(client, server):
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

    def _haunt(self, pipe: _Pipe[M], inbound: Inbound[M]) -> None:
        """Deliver a kept message once more, to whoever is in the place of its receiver by now.

        It comes over the connection that is in the place of the old one; to a bound endpoint, where there is none, from
        a stranger.
        """
        sender, receiver = pipe.sender, pipe.receiver
        address = receiver.address
        client = sender if inbound.peer != SERVER else receiver
        again: _Pipe[M] | None = None
        for connection in self._connections:
            if connection.client.address == address and connection.client.node == client.node:
                again = connection.up if client is sender else connection.down
        server = self._bound.get(address)
        if again is None and client is sender and server is not None:
            self._peers += 1
            again = _Pipe(sender, server, _PEER.pack(self._peers & 0xFFFF_FFFF))
        if again is not None:
            self.haunted += 1
            self._push(self.now, again, inbound._replace(peer=again.peer), None)

    def _is_cut(self, one: MemoryEndpoint[M], other: MemoryEndpoint[M]) -> bool:
        places = ((one.host, other.host), (one.node, other.node))
        return any(route in self._cuts or route[::-1] in self._cuts for route in places)

    def _break_cut(self, route: tuple[str, str], since: float) -> None:
        """Break the connections between two hosts or nodes if the partition that began at `since` still lasts."""
        if self._cuts.get(route) == since:
            for connection in [c for c in self._connections if route in (*c.up.routes, *c.down.routes)]:
                self._sever(connection)

    def _sever(self, connection: _Connection[M]) -> None:
        self._connections.remove(connection)
        connection.up.survival = connection.down.survival = 0.0
        self._at(self.now + self.faults.notice_s, partial(self._notice, connection))

    def _notice(self, connection: _Connection[M]) -> None:
        connection.server.detach(connection.peer, connection.down)
        if connection.client.detach(SERVER, connection.up) and connection.client.is_open:
            self._at(self.now + self._uniform(*self.faults.reconnect_s), partial(self._handshake, connection.client))
