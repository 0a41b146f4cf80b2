"""What common.transport promises, asked of every transport that the package ships."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

import numpy as np
import pytest

from common.errors import NetworkError
from common.memory_transport import MemoryEndpoint, MemoryNetwork
from common.transport import SERVER, Endpoint, Inbound, Outcome, Receipt
from common.zmq_transport import ZmqTransport

DEADLINE_S = 10.0
MAX_BYTES = 4 << 20


class Bench(Protocol):
    """A transport under test: how to open its endpoints, and how to let something happen."""

    def bind(self, address: str = "", queue_messages: int = 100) -> Endpoint[bytes]:
        """Open a server, at an address of its own unless told one."""

    def connect(self, address: str, queue_messages: int = 100) -> Endpoint[bytes]:
        """Open a client."""

    def vacant(self) -> str:
        """Return an address where nobody is, and that can be bound."""

    def step(self) -> None:
        """Wait until something happens, for a short while at most."""

    def over(self) -> bool:
        """Whether nothing more is to be expected."""


class ZmqBench:
    """Real sockets on a loopback address of their own.

    At 127.0.0.1 a port that was just closed may be given to another process; and a client that dials it from the same
    address may be given it as its own, which connects it to itself and keeps the server from coming back.
    """

    def __init__(self) -> None:
        self.transport = ZmqTransport()
        self.deadline = time.monotonic() + DEADLINE_S
        self.host = ".".join(["127", *(str(random.SystemRandom().randint(1, 254)) for _ in range(3))])

    def bind(self, address: str = "", queue_messages: int = 100) -> Endpoint[bytes]:
        """Open a server."""
        address = address or f"tcp://{self.host}:0"
        return self.transport.bind(address, max_message_bytes=MAX_BYTES, queue_messages=queue_messages)

    def connect(self, address: str, queue_messages: int = 100) -> Endpoint[bytes]:
        """Open a client."""
        return self.transport.connect(address, max_message_bytes=MAX_BYTES, queue_messages=queue_messages)

    def vacant(self) -> str:
        """Name a port that was free a moment ago; nobody else uses the host."""
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            return f"tcp://{self.host}:{probe.getsockname()[1]}"

    def step(self) -> None:
        """Let a little time pass."""
        self.transport.wait(0.005)

    def over(self) -> bool:
        """Say whether the deadline has passed."""
        return time.monotonic() > self.deadline


class MemoryBench:
    """The network in memory, without faults."""

    def __init__(self) -> None:
        self.network: MemoryNetwork[bytes] = MemoryNetwork(random.Random(1))

    def bind(self, address: str = "", queue_messages: int = 100) -> MemoryEndpoint[bytes]:
        """Open a server."""
        return self.network.bind(address or "server", queue_messages=queue_messages)

    def connect(self, address: str, queue_messages: int = 100) -> MemoryEndpoint[bytes]:
        """Open a client."""
        return self.network.connect(address, queue_messages=queue_messages)

    def vacant(self) -> str:
        """Name an address."""
        return "vacant"

    def step(self) -> None:
        """Let a little time pass."""
        self.network.advance(self.network.now + 0.005)

    def over(self) -> bool:
        """Say whether the deadline has passed."""
        return self.network.now > DEADLINE_S


@pytest.fixture(params=["zmq", "memory"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Each transport in turn."""
    if request.param == "memory":
        yield MemoryBench()
        return
    real = ZmqBench()
    yield real
    real.transport.close()


def until(bench: Bench, happened: Callable[[], bool]) -> None:
    """Let things happen until this has."""
    while not happened():
        assert not bench.over(), "it never happened"
        bench.step()


def mail(bench: Bench, endpoint: Endpoint[bytes], count: int = 1) -> list[Inbound[bytes]]:
    """Wait for `count` messages."""
    found: list[Inbound[bytes]] = []

    def enough() -> bool:
        while len(found) < count and (inbound := endpoint.receive()) is not None:
            found.append(inbound)
        return len(found) == count

    until(bench, enough)
    return found


def introduce(bench: Bench, server: Endpoint[bytes], client: Endpoint[bytes]) -> bytes:
    """Wait until the two are connected and nothing is under way, and return the client's peer id.

    The client speaks again after a while: its first word may be lost in a connection to an earlier server.
    """
    number, steps_left = 0, 0
    peers: list[bytes] = []

    def met() -> bool:
        nonlocal number, steps_left
        inbound = server.receive()
        if inbound is not None:
            peers.append(inbound.peer)
            return inbound.header == b"hello %d" % number
        steps_left -= 1
        if steps_left < 0 and client.send(SERVER, b"hello %d" % (number + 1)).outcome is Outcome.SENT:
            number, steps_left = number + 1, 100
        return False

    until(bench, met)
    return peers[-1]


def rebind(bench: Bench, address: str) -> Endpoint[bytes]:
    """Bind an address whose last owner has closed it; ZeroMQ's own thread takes a moment to let go."""
    found: list[Endpoint[bytes]] = []

    def bound() -> bool:
        with suppress(NetworkError):
            found.append(bench.bind(address))
        return bool(found)

    until(bench, bound)
    return found[0]


def test_messages_of_a_connection_arrive_in_order_in_both_directions(bench: Bench) -> None:
    """Without faults nothing is lost, repeated or overtaken."""
    server = bench.bind()
    client = bench.connect(server.address)
    peer = introduce(bench, server, client)
    numbers = [b"%d" % i for i in range(50)]
    for number in numbers:
        assert client.send(SERVER, number).outcome is Outcome.SENT
        assert server.send(peer, number).outcome is Outcome.SENT
    assert [m.header for m in mail(bench, server, 50)] == numbers
    assert [m.header for m in mail(bench, client, 50)] == numbers


@pytest.mark.parametrize("size", [0, 24, 393_216, 3_110_400])
def test_a_payload_arrives_intact_and_writable(bench: Bench, size: int) -> None:
    """The payload is the bytes sent, in memory that numpy and OpenVINO can use without a copy."""
    server = bench.bind()
    client = bench.connect(server.address)
    peer = introduce(bench, server, client)
    pixels = np.random.default_rng(1).integers(0, 256, size, np.uint8)
    server.send(peer, b"frame", pixels.data)
    inbound = mail(bench, client)[0]
    assert inbound.peer == SERVER
    assert inbound.payload is not None
    array = np.frombuffer(inbound.payload, np.uint8)
    assert array.flags.writeable
    assert np.array_equal(array, pixels)


@pytest.mark.parametrize("rows", [0, 5])
def test_a_payload_of_any_shape_and_type_arrives_as_bytes(bench: Bench, rows: int) -> None:
    """Detections travel as they lie in memory, also when there are none."""
    server = bench.bind()
    client = bench.connect(server.address)
    introduce(bench, server, client)
    detections = np.arange(rows * 6, dtype=np.float32).reshape(rows, 6)
    client.send(SERVER, b"result", detections.data)
    inbound = mail(bench, server)[0]
    assert inbound.payload is not None
    assert (inbound.payload.format, inbound.payload.ndim) == ("B", 1)
    assert np.array_equal(np.frombuffer(inbound.payload, np.float32).reshape(-1, 6), detections)


def test_a_message_without_a_payload_has_none(bench: Bench) -> None:
    """No payload and an empty one differ."""
    server = bench.bind()
    client = bench.connect(server.address)
    introduce(bench, server, client)
    client.send(SERVER, b"x")
    assert mail(bench, server)[0].payload is None


def test_a_receipt_is_done_once_the_payload_has_arrived(bench: Bench) -> None:
    """The memory of a payload comes back to its owner."""
    server = bench.bind()
    client = bench.connect(server.address)
    peer = introduce(bench, server, client)
    receipt = server.send(peer, b"frame", bytearray(2_000_000))
    mail(bench, client)
    until(bench, receipt.done)
    assert receipt.outcome is Outcome.SENT


def test_a_payload_may_change_once_its_receipt_is_done(bench: Bench) -> None:
    """What the receiver holds is its own."""
    server = bench.bind()
    client = bench.connect(server.address)
    peer = introduce(bench, server, client)
    memory = bytearray(b"a" * 1_000_000)
    receipt = server.send(peer, b"frame", memory)
    inbound = mail(bench, client)[0]
    until(bench, receipt.done)
    memory[:] = bytes(len(memory))
    assert inbound.payload is not None
    assert inbound.payload.tobytes() == b"a" * 1_000_000


def test_an_unknown_peer_is_gone(bench: Bench) -> None:
    """A bound endpoint says that nobody has this id."""
    server = bench.bind()
    receipt = server.send(b"\0nobody", b"x")
    assert receipt.outcome is Outcome.GONE
    assert receipt.done()


def test_nothing_is_queued_for_an_absent_server(bench: Bench) -> None:
    """What was refused while nobody was there never arrives later."""
    address = bench.vacant()
    client = bench.connect(address)
    assert client.send(SERVER, b"too early").outcome is Outcome.FULL
    server = bench.bind(address)
    introduce(bench, server, client)
    client.send(SERVER, b"now")
    assert mail(bench, server)[0].header == b"now"


def test_a_closed_client_is_gone_before_long(bench: Bench) -> None:
    """The bound side learns of a peer's end from its sends."""
    server = bench.bind()
    client = bench.connect(server.address)
    peer = introduce(bench, server, client)
    client.close()
    until(bench, lambda: server.send(peer, b"x").outcome is Outcome.GONE)


def test_a_receipt_for_a_dead_peer_is_done_in_the_end(bench: Bench) -> None:
    """What waits in a dead peer's queue is given back while its owner keeps polling."""
    server = bench.bind()
    client = bench.connect(server.address, queue_messages=1)
    peer = introduce(bench, server, client)
    receipts: list[Receipt] = [server.send(peer, b"frame", bytearray(1_000_000)) for _ in range(40)]
    client.close()
    until(bench, lambda: all(r.done() for r in receipts))


def test_a_full_queue_refuses_and_keeps_what_it_had(bench: Bench) -> None:
    """A peer that does not read costs a bounded number of messages, and they arrive in order when it does."""
    server = bench.bind(queue_messages=5)
    client = bench.connect(server.address, queue_messages=5)
    peer = introduce(bench, server, client)
    sent = 0
    while (outcome := server.send(peer, b"%d" % sent, bytes(256 * 1024)).outcome) is Outcome.SENT:
        sent += 1
        assert sent < 1000, "the queue has no bound"
    assert outcome is Outcome.FULL
    assert [m.header for m in mail(bench, client, sent)] == [b"%d" % i for i in range(sent)]
    until(bench, lambda: server.send(peer, b"again").outcome is Outcome.SENT)
    assert mail(bench, client)[0].header == b"again"


def test_a_client_reconnects_to_a_new_server_as_a_new_peer(bench: Bench) -> None:
    """A server that comes back on its address sees its old client under another id."""
    server = bench.bind()
    client = bench.connect(server.address)
    before = introduce(bench, server, client)
    server.close()
    until(bench, lambda: client.send(SERVER, b"lost").outcome is Outcome.FULL)
    again = rebind(bench, server.address)
    assert introduce(bench, again, client) != before


def test_two_clients_are_two_peers(bench: Bench) -> None:
    """An answer reaches the one who asked."""
    server = bench.bind()
    clients = [bench.connect(server.address) for _ in range(2)]
    peers = [introduce(bench, server, client) for client in clients]
    assert len(set(peers)) == 2
    for peer in peers:
        server.send(peer, peer)
    assert [mail(bench, client)[0].header for client in clients] == peers


def test_an_idle_endpoint_has_nothing(bench: Bench) -> None:
    """Receiving never waits."""
    server = bench.bind()
    assert server.receive() is None
    assert server.refused == 0


def test_closing_twice_is_closing_once(bench: Bench) -> None:
    """A role may close in whatever order its end takes."""
    server = bench.bind()
    server.close()
    server.close()
    assert rebind(bench, server.address).address == server.address
