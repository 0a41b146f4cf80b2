"""Tests of common.zmq_transport: what only real sockets have. The contract's tests are in test_transport_contract."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import zmq
from zmq.auth.thread import ThreadAuthenticator

from common import zmq_transport
from common.errors import NetworkError
from common.mailbox import Mailbox
from common.transport import SERVER, Inbound, Outcome
from common.zmq_transport import ZERO_COPY_MIN_BYTES, ZmqEndpoint, ZmqTransport

DEADLINE_S = 10.0
LOOPBACK = "tcp://127.0.0.1:0"

CLIENT = """
import sys, zmq
socket = zmq.Context().socket(zmq.DEALER)
socket.rcvhwm = 1
socket.connect(sys.argv[1])
socket.send(b"hello")
sys.stdin.read()
"""


@pytest.fixture
def transport() -> Iterator[ZmqTransport]:
    """Admits everybody, on loopback."""
    one = ZmqTransport()
    yield one
    one.close()


@pytest.fixture
def raw() -> Iterator[zmq.Socket[bytes]]:
    """A socket that obeys none of our rules."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with context.socket(zmq.DEALER) as one:  # held here: a socket that nobody refers to warns, context or not
        one.setsockopt(zmq.LINGER, 0)
        yield one
    context.destroy(linger=0)


def bind(transport: ZmqTransport, address: str = LOOPBACK, max_message_bytes: int = 1 << 20) -> ZmqEndpoint:
    """Open a server."""
    return transport.bind(address, max_message_bytes=max_message_bytes, queue_messages=100)


def connect(transport: ZmqTransport, address: str) -> ZmqEndpoint:
    """Open a client."""
    return transport.connect(address, max_message_bytes=1 << 20, queue_messages=100)


def until(transport: ZmqTransport, happened: Callable[[], bool]) -> None:
    """Wait until this has happened."""
    deadline = time.monotonic() + DEADLINE_S
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        transport.wait(0.01)


def mail(transport: ZmqTransport, endpoint: ZmqEndpoint) -> Inbound[bytes]:
    """Wait for the next message."""
    found: list[Inbound[bytes]] = []

    def arrived() -> bool:
        inbound = endpoint.receive()
        if inbound is not None:
            found.append(inbound)
        return bool(found)

    until(transport, arrived)
    return found[0]


def test_messages_of_too_many_or_too_few_parts_are_dropped_and_counted(
    transport: ZmqTransport, raw: zmq.Socket[bytes]
) -> None:
    """What is not one header and at most one payload is discarded whole; what follows it arrives."""
    server = bind(transport)
    raw.connect(server.address)
    raw.send_multipart([b"one", b"two", b"three"])
    raw.send_multipart([b"part"] * 1000)
    raw.send_multipart([b"good", b"payload"])
    inbound = mail(transport, server)
    assert inbound.header == b"good"
    assert inbound.payload is not None
    assert inbound.payload.tobytes() == b"payload"
    assert server.refused == 2


def test_an_endless_message_does_not_hold_up_the_loop(transport: ZmqTransport, raw: zmq.Socket[bytes]) -> None:
    """One receive discards a bounded number of parts."""
    server = bind(transport)
    raw.connect(server.address)
    raw.send_multipart([b"part"] * (zmq_transport.PARTS_A_CALL * 3))
    raw.send(b"good")
    until(transport, lambda: server.receive() is None and server.refused == 1)
    assert server.receive() is None
    assert server._discarding
    assert mail(transport, server).header == b"good"


def test_a_message_to_a_connecting_endpoint_is_checked_as_well(transport: ZmqTransport, raw: zmq.Socket[bytes]) -> None:
    """A server can be as wrong as a client."""
    with raw.context.socket(zmq.ROUTER) as server:
        server.setsockopt(zmq.LINGER, 0)
        port = server.bind_to_random_port("tcp://127.0.0.1")
        client = connect(transport, f"tcp://127.0.0.1:{port}")
        until(transport, lambda: client.send(SERVER, b"hello").outcome is Outcome.SENT)
        peer, _ = server.recv_multipart()
        server.send_multipart([peer, b"1", b"2", b"3"])
        server.send_multipart([peer, b"good"])
        assert mail(transport, client).header == b"good"
        assert client.refused == 1


def test_a_part_beyond_the_limit_ends_the_connection(transport: ZmqTransport, raw: zmq.Socket[bytes]) -> None:
    """Who sends more than this role admits is disconnected before it is read."""
    server = bind(transport, max_message_bytes=1000)
    raw.connect(server.address)
    raw.send(b"small")
    before = mail(transport, server).peer
    raw.send(bytes(1001))
    until(transport, lambda: server.send(before, b"x").outcome is Outcome.GONE)
    found: list[Inbound[bytes]] = []

    def came_back() -> bool:
        raw.send(b"again", zmq.DONTWAIT)  # the first of them may go into the connection that has ended
        found.extend(inbound for inbound in [server.receive()] if inbound is not None)
        return bool(found)

    until(transport, came_back)
    assert found[0].peer != before


def test_nobody_takes_over_a_living_peers_id(transport: ZmqTransport, raw: zmq.Socket[bytes]) -> None:
    """A second connection with the same id is turned away, and the first keeps its mail."""
    server = bind(transport)
    raw.setsockopt(zmq.ROUTING_ID, b"worker")
    raw.connect(server.address)
    raw.send(b"first")
    assert mail(transport, server) == (b"worker", b"first", None)
    with raw.context.socket(zmq.DEALER) as thief:
        thief.setsockopt(zmq.ROUTING_ID, b"worker")
        with thief.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED) as monitor:
            thief.connect(server.address)
            assert monitor.poll(int(DEADLINE_S * 1000))
            thief.disable_monitor()
        transport.wait(0.01)
        server.send(b"worker", b"for the first")
        assert raw.poll(int(DEADLINE_S * 1000))
        assert raw.recv() == b"for the first"


def test_a_killed_peer_is_gone_and_its_payloads_come_back(transport: ZmqTransport) -> None:
    """After SIGKILL sends say GONE, and memory that waited to be sent without a copy is free while we keep polling."""
    server = bind(transport)
    with subprocess.Popen([sys.executable, "-c", CLIENT, server.address], stdin=subprocess.PIPE) as client:
        peer = mail(transport, server).peer
        receipts = [server.send(peer, b"frame", bytearray(1_000_000)) for _ in range(60)]
        assert not all(r.done() for r in receipts)
        client.send_signal(signal.SIGKILL)
        until(transport, lambda: server.send(peer, b"x").outcome is Outcome.GONE)
        until(transport, lambda: all(r.done() for r in receipts))


def test_small_payloads_are_copied(transport: ZmqTransport) -> None:
    """Below the measured threshold the memory is free at once."""
    server = bind(transport)
    client = connect(transport, server.address)
    until(transport, lambda: client.send(SERVER, b"x", bytes(ZERO_COPY_MIN_BYTES - 1)).outcome is Outcome.SENT)
    memory = bytearray(ZERO_COPY_MIN_BYTES - 1)
    assert client.send(SERVER, b"x", memory).done()
    memory.clear()


def test_the_address_says_which_port_was_chosen(transport: ZmqTransport) -> None:
    """Port 0 becomes the port that was free."""
    server = bind(transport)
    assert server.address.startswith("tcp://127.0.0.1:")
    assert not server.address.endswith(":0")
    assert repr(server) == f"ZmqEndpoint(ROUTER {server.address}, open, refused 0)"


def test_a_host_name_can_be_connected_to(transport: ZmqTransport) -> None:
    """`localhost` finds a server at 127.0.0.1, whatever else the name means."""
    server = bind(transport)
    client = connect(transport, server.address.replace("127.0.0.1", "localhost"))
    until(transport, lambda: client.send(SERVER, b"hello").outcome is Outcome.SENT)
    assert mail(transport, server).header == b"hello"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6_works(transport: ZmqTransport) -> None:
    """A literal IPv6 address binds and connects."""
    try:
        server = bind(transport, "tcp://[::1]:0")
    except NetworkError as error:
        pytest.skip(str(error))
    client = connect(transport, server.address)
    until(transport, lambda: client.send(SERVER, b"hello").outcome is Outcome.SENT)
    assert mail(transport, server).header == b"hello"


def test_ipc_works_and_frees_its_path(transport: ZmqTransport, tmp_path: Path) -> None:
    """A path binds, connects, and can be bound again after a crash left its file behind."""
    path = tmp_path / "fleet.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    server = bind(transport, f"ipc://{path}")
    client = connect(transport, server.address)
    until(transport, lambda: client.send(SERVER, b"hello").outcome is Outcome.SENT)
    assert mail(transport, server).header == b"hello"


def test_a_closed_transport_leaves_no_socket_file(tmp_path: Path) -> None:
    """What was bound is gone with it."""
    path = tmp_path / "fleet.sock"
    with closing(ZmqTransport()) as transport:
        bind(transport, f"ipc://{path}")
        assert path.is_socket()
    assert not path.exists()


def test_an_ipc_path_in_use_is_not_taken_over(transport: ZmqTransport, tmp_path: Path) -> None:
    """ZeroMQ would unlink the living socket, or any file; we refuse both."""
    address = f"ipc://{tmp_path / 'fleet.sock'}"
    bind(transport, address)
    with pytest.raises(NetworkError, match="is in use"):
        bind(transport, address)
    precious = tmp_path / "thesis.txt"
    precious.write_text("years of work")
    with pytest.raises(NetworkError, match="no socket"):
        bind(transport, f"ipc://{precious}")
    assert precious.read_text() == "years of work"


def test_binding_an_address_in_use_is_one_line(transport: ZmqTransport) -> None:
    """The error names the address and what to do."""
    server = bind(transport)
    with pytest.raises(NetworkError) as caught:
        bind(transport, server.address)
    assert str(caught.value) == (
        f"cannot bind {server.address}: it is in use: stop the process that has it, or choose another port"
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://192.0.2.1:0", "give an address of this machine"),
        ("tcp://no-such-host.invalid:0", "give an address of this machine"),
        ("ipc:///no/such/directory/x", "make its directory first"),
        ("tcp://127.0.0.1:99999", "write tcp://HOST:PORT"),
        ("ipc:///" + "x" * 200, "choose a shorter path"),
    ],
)
def test_what_cannot_be_bound_is_an_error_with_a_remedy(address: str, words: str) -> None:
    """No error of ZeroMQ reaches the user as it is."""
    with closing(ZmqTransport(insecure=True)) as transport, pytest.raises(NetworkError, match=words):
        bind(transport, address)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://no-such-host.invalid:5555", "is not known"),
        ("tcp://*:5555", "nowhere to connect to"),
        ("tcp://127.0.0.1:0", "nowhere to connect to"),
    ],
)
def test_what_cannot_be_connected_to_is_an_error(transport: ZmqTransport, address: str, words: str) -> None:
    """A mistyped host is said at once and not retried for ever."""
    with pytest.raises(NetworkError, match=words):
        connect(transport, address)


def test_an_open_address_is_refused_without_a_word_from_the_user(transport: ZmqTransport) -> None:
    """Other machines reach a socket only on purpose."""
    with pytest.raises(NetworkError, match="--insecure"):
        bind(transport, "tcp://*:0")
    with closing(ZmqTransport(insecure=True)) as open_to_all:
        assert bind(open_to_all, "tcp://*:0").address.startswith("tcp://0.0.0.0:")


def test_a_mailbox_wakes_the_wait(transport: ZmqTransport) -> None:
    """The loop waits for threads and sockets at one place."""
    with closing(Mailbox[int]()) as mailbox:
        transport.watch(mailbox.fileno())
        assert not transport.wait(0.0)
        mailbox.put(1)
        assert transport.wait(DEADLINE_S)
        mailbox.drain()
        assert not transport.wait(0.0)


def test_a_closed_endpoint_says_so(transport: ZmqTransport) -> None:
    """Using what is closed is an error of ours and not of ZeroMQ."""
    server = bind(transport)
    server.close()
    with pytest.raises(NetworkError, match="cannot receive"):
        server.receive()
    with pytest.raises(NetworkError, match="cannot send"):
        server.send(b"x", b"x")
    assert not transport.wait(0.0)


def test_lingering_sends_what_waits(transport: ZmqTransport) -> None:
    """Last words of a process that leaves in order arrive."""
    server = bind(transport)
    with closing(ZmqTransport()) as leaving:
        client = connect(leaving, server.address)
        until(leaving, lambda: client.send(SERVER, b"first").outcome is Outcome.SENT)
        for _ in range(50):
            client.send(SERVER, b"more", bytes(100_000))
        client.send(SERVER, b"last")
        leaving.close(linger_s=DEADLINE_S)
    headers = [mail(transport, server).header for _ in range(52)]
    assert headers[-1] == b"last"


class Curve:
    """What a CURVE authenticator with a ZAP allow-list would be: proof that the seam suffices for one."""

    secured = True

    def __init__(self, own: tuple[bytes, bytes], server_key: bytes, allowed: bytes = b"") -> None:
        self.public, self.secret = own
        self.server_key = server_key
        self.allowed = allowed
        self.denied: list[bytes] = []
        self.zap: ThreadAuthenticator | None = None

    def start(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        """Answer ZAP requests in a thread."""
        if self.allowed:
            self.zap = ThreadAuthenticator(context)
            self.zap.start()
            self.zap.configure_curve_callback(domain="*", credentials_provider=self)

    def callback(self, _domain: str, key: bytes) -> bool:
        """Decide for the ZAP thread."""
        if key != self.allowed:
            self.denied.append(key)
        return key == self.allowed

    def configure(self, socket: zmq.Socket[bytes], *, server: bool) -> None:
        """Set the keys."""
        socket.curve_publickey, socket.curve_secretkey = self.public, self.secret
        if server:
            socket.setsockopt(zmq.CURVE_SERVER, 1)
        else:
            socket.curve_serverkey = self.server_key

    def stop(self) -> None:
        """End the thread."""
        if self.zap is not None:
            self.zap.stop()


@pytest.mark.skipif(not zmq.has("curve"), reason="libzmq was built without CURVE")
def test_the_authentication_seam_is_enough_for_curve_with_an_allow_list() -> None:
    """A known key gets in, an unknown one does not, and a secured socket may be open to the network."""
    server_keys, known, unknown = (zmq.curve_keypair() for _ in range(3))
    gate = Curve(server_keys, server_keys[0], allowed=known[0])
    with ExitStack() as stack:
        at_server, strangers, friends = (
            stack.enter_context(closing(ZmqTransport(keys)))
            for keys in (gate, Curve(unknown, server_keys[0]), Curve(known, server_keys[0]))
        )
        server = bind(at_server, "tcp://*:0")
        address = server.address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - taken out, not bound
        stranger, friend = connect(strangers, address), connect(friends, address)
        until(friends, lambda: friend.send(SERVER, b"friend").outcome is Outcome.SENT)
        assert mail(at_server, server).header == b"friend"
        until(strangers, lambda: unknown[0] in gate.denied)
        assert stranger.send(SERVER, b"stranger").outcome is Outcome.FULL
