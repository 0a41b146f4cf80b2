"""The proxy between real sockets: what comes through it, and what does not."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from random import Random

import pytest

from common.errors import NetworkError
from vinofleet.chaos.connection import Way
from vinofleet.chaos.proxy import Proxy

PATIENCE_S = 20.0


class Ends:
    """A target that listens, and those who reach it through a proxy."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE_S)
        self.proxy = Proxy(f"tcp://127.0.0.1:{self.listener.getsockname()[1]}")
        self.open: list[socket.socket] = [self.listener]

    def dial(self) -> socket.socket:
        """Connect to the proxy; somebody has to accept."""
        host, _, port = self.proxy.address.removeprefix("tcp://").rpartition(":")
        client = socket.create_connection((host, int(port)), PATIENCE_S)
        self.open.append(client)
        return client

    def accept(self) -> socket.socket:
        """Take a connection at the target."""
        target, _ = self.listener.accept()
        target.settimeout(PATIENCE_S)
        self.open.append(target)
        return target

    def join(self) -> tuple[socket.socket, socket.socket]:
        """Connect, and be accepted."""
        client = self.dial()
        return client, self.accept()


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A proxy that runs; all sockets are closed at the end."""
    made = Ends()
    with made.proxy:
        yield made
    for each in made.open:
        each.close()


def take(side: socket.socket, count: int) -> bytes:
    """Receive so many bytes."""
    data = b""
    while len(data) < count:
        piece = side.recv(count - len(data))
        assert piece, data
        data += piece
    return data


def test_bytes_pass_both_ways_and_are_counted(ends: Ends) -> None:
    """Megabytes each way at once, as they were sent."""
    client, target = ends.join()
    there, back = (Random(seed).randbytes(3_000_000) for seed in (1, 2))
    senders = [threading.Thread(target=side.sendall, args=(data,)) for side, data in ((client, there), (target, back))]
    for sender in senders:
        sender.start()
    got: dict[str, bytes] = {}
    reader = threading.Thread(target=lambda: got.update(there=take(target, len(there))))
    reader.start()
    got["back"] = take(client, len(back))
    for thread in (*senders, reader):
        thread.join(PATIENCE_S)
    assert {name: hashlib.sha256(data).digest() for name, data in got.items()} == {
        "there": hashlib.sha256(there).digest(),
        "back": hashlib.sha256(back).digest(),
    }
    assert (ends.proxy.bytes_to_target, ends.proxy.bytes_from_target) == (len(there), len(back))
    assert (ends.proxy.connections, ends.proxy.accepted) == (1, 1)


def test_an_end_is_passed_on_and_the_other_way_stays_open(ends: Ends) -> None:
    """Half closed is half closed; when both have ended the connection is gone."""
    client, target = ends.join()
    client.sendall(b"question")
    client.shutdown(socket.SHUT_WR)
    assert take(target, 8) == b"question"
    assert target.recv(1) == b""
    target.sendall(b"answer")
    target.close()
    assert take(client, 6) == b"answer"
    assert client.recv(1) == b""


def test_a_delay_holds_bytes_back_in_order(ends: Ends) -> None:
    """There and back take at least twice the delay; without it nobody overtakes what is on its way."""
    client, target = ends.join()
    ends.proxy.delay_s = 0.05
    assert ends.proxy.delay_s == 0.05
    began = time.monotonic()
    client.sendall(b"a")
    target.sendall(take(target, 1))
    assert take(client, 1) == b"a"
    assert time.monotonic() - began >= 0.1
    client.sendall(b"first")
    ends.proxy.delay_s = 0.0
    client.sendall(b"second")
    assert take(target, 11) == b"firstsecond"


def test_one_way_stalled_the_other_goes_on(ends: Ends) -> None:
    """What was sent meanwhile comes when it is healed; nothing is lost."""
    client, target = ends.join()
    ends.proxy.stall(Way.TO_TARGET)
    client.sendall(b"held")
    target.sendall(b"passes")
    assert take(client, 6) == b"passes"
    assert ends.proxy.bytes_to_target == 0
    ends.proxy.heal()
    assert take(target, 4) == b"held"


def test_a_stalled_proxy_tells_nobody_of_an_end(ends: Ends) -> None:
    """As behind a cable that was pulled; the news comes with the healing."""
    client, target = ends.join()
    ends.proxy.stall()
    target.close()
    ends.proxy.delay_s = 0.0  # a turn of the proxy's thread, in which it could have passed the end on
    client.settimeout(0)
    with pytest.raises(BlockingIOError):
        client.recv(1)
    client.settimeout(PATIENCE_S)
    ends.proxy.heal()
    assert client.recv(1) == b""


def test_who_comes_while_it_is_stalled_waits(ends: Ends) -> None:
    """A connection is made when it is healed."""
    ends.proxy.stall()
    client = ends.dial()
    client.sendall(b"hello")
    assert ends.proxy.accepted == 0
    ends.proxy.heal()
    assert take(ends.accept(), 5) == b"hello"


def test_a_reset_reaches_both_sides_and_new_ones_are_welcome(ends: Ends) -> None:
    """No orderly end: a reset."""
    client, target = ends.join()
    client.sendall(b"x")
    assert take(target, 1) == b"x"
    assert ends.proxy.reset() == 1
    for side in (client, target):
        with pytest.raises(ConnectionResetError):
            side.recv(1)
    assert ends.proxy.connections == 0
    client, target = ends.join()
    client.sendall(b"again")
    assert take(target, 5) == b"again"


def test_who_comes_while_it_is_cut_is_reset(ends: Ends) -> None:
    """And those who were there; after healing it is as before."""
    client, _ = ends.join()
    ends.proxy.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionResetError):
        ends.dial().recv(1)
    ends.proxy.heal()
    client, target = ends.join()
    client.sendall(b"y")
    assert take(target, 1) == b"y"


def test_a_target_that_is_not_there_is_a_reset(ends: Ends) -> None:
    """Whoever connects may try again, and the proxy goes on."""
    ends.listener.close()
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            ends.dial().recv(1)


def test_a_client_that_resets_takes_the_target_with_it(ends: Ends) -> None:
    """The other side sees what it would see without a proxy."""
    client, target = ends.join()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    client.close()
    with pytest.raises(ConnectionResetError):
        target.recv(1)


def test_a_proxy_that_never_started_can_be_told_and_closed() -> None:
    """It begins with what it was told."""
    proxy = Proxy("tcp://127.0.0.1:1")
    proxy.delay_s = 1.0
    assert (proxy.delay_s, proxy.reset()) == (1.0, 0)
    proxy.close()


@pytest.mark.parametrize("target", ["ipc://x", "127.0.0.1:5", "tcp://no-such-host.invalid:1"])
def test_what_is_no_tcp_address_is_refused(target: str) -> None:
    """In one line."""
    with pytest.raises(NetworkError):
        Proxy(target)


def test_an_address_that_is_taken_is_refused(ends: Ends) -> None:
    """By name."""
    with pytest.raises(NetworkError, match="cannot be bound"):
        Proxy("tcp://127.0.0.1:1", ends.proxy.address)
