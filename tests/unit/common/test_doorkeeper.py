"""Tests of common.doorkeeper, with real connections that are made by hand."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import pytest

from common import doorkeeper, limits
from common.doorkeeper import SLACK_BYTES
from common.zmq_transport import ZmqEndpoint, ZmqTransport
from tests.unit.common.strangers import PONG, caller, greeted, is_over, part

pytestmark = pytest.mark.skipif(not doorkeeper.SUPPORTED, reason="asks the kernel as only Linux answers")

DEADLINE_S = 20.0
PART_BYTES = 64 * 1024


@pytest.fixture
def transport() -> Iterator[ZmqTransport]:
    """One with sockets for everybody."""
    made = ZmqTransport()
    yield made
    made.close()


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """Closes connections."""
    with ExitStack() as stack:
        yield stack


def bound(transport: ZmqTransport) -> ZmqEndpoint:
    """A server as a producer has it."""
    return transport.bind("tcp://127.0.0.1:0", max_message_bytes=PART_BYTES, queue_messages=100)


Heard = list[bytes]


def turned(transport: ZmqTransport, endpoint: ZmqEndpoint, until: Callable[[Heard], bool]) -> Heard:
    """Turn as the loop does until something is so of the headers that were received; returns them."""
    end = time.monotonic() + DEADLINE_S
    heard: Heard = []
    while not until(heard):
        assert time.monotonic() < end, f"it never became so: {heard}"
        transport.wait(0.02)
        while (inbound := endpoint.receive()) is not None:
            heard.append(inbound.header)
    return heard


def looks(count: int) -> Callable[[Heard], bool]:
    """So many looks have passed."""
    end = time.monotonic() + count * doorkeeper.LOOK_S
    return lambda _: time.monotonic() > end


@pytest.mark.parametrize("data", [bytes(PART_BYTES - 1), b""], ids=["large parts", "empty parts"])
def test_a_message_without_end_is_ended_and_its_neighbour_lives(
    transport: ZmqTransport, held: ExitStack, data: bytes
) -> None:
    """ZeroMQ would keep its parts until there is no memory left; who says what is proper beside it is heard."""
    server = bound(transport)
    hostile, honest = held.enter_context(greeted(server.address)), held.enter_context(greeted(server.address))
    parts = part(data, more=True) * (1 if data else 10_000)

    def pour() -> None:
        with suppress(OSError):
            while True:
                hostile.sendall(parts)

    pouring = threading.Thread(target=pour)
    pouring.start()
    keeper = server._keeper
    assert keeper is not None
    assert not turned(transport, server, lambda _: keeper.shown_out == 1)
    with suppress(OSError):  # where the kernel has reset it already
        hostile.shutdown(socket.SHUT_RDWR)
    pouring.join()
    honest.sendall(part(b"hello"))
    assert turned(transport, server, bool) == [b"hello"]
    assert not is_over(honest)


def test_who_says_nothing_is_ended(transport: ZmqTransport, held: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its greeting ZeroMQ would keep the connection for ever; who says something now and then stays."""
    monkeypatch.setattr(doorkeeper, "QUIET_S", 0.5)
    server = bound(transport)
    keeper = server._keeper
    assert keeper is not None
    silent, honest = held.enter_context(greeted(server.address)), held.enter_context(greeted(server.address))

    def speaks(_: Heard) -> bool:
        honest.sendall(part(b"beat"))
        with suppress(OSError):
            silent.sendall(PONG)  # or ZeroMQ itself would take it for dead
        return keeper.shown_out == 1 and is_over(silent)

    turned(transport, server, speaks)
    assert not is_over(honest)


def test_who_speaks_as_zeromq_did_long_ago_is_heard_and_ended(
    transport: ZmqTransport, held: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ZMTP 1.0 does not say of which connection a message is, so it is as if nothing were said."""
    monkeypatch.setattr(doorkeeper, "QUIET_S", 0.5)
    server = bound(transport)
    old = held.enter_context(caller(server.address))
    old.sendall(b"\x01\x00" + b"\x03\x00hi")
    assert turned(transport, server, bool) == [b"hi"]
    turned(transport, server, lambda _: is_over(old))


def test_a_crowd_is_thinned_by_those_who_say_nothing(
    transport: ZmqTransport, held: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has spoken stays, and whoever comes later is heard."""
    monkeypatch.setattr(limits, "CONNECTIONS_MAX", 8)
    server = bound(transport)
    honest = held.enter_context(greeted(server.address))
    honest.sendall(part(b"hello"))
    turned(transport, server, bool)
    crowd = [held.enter_context(caller(server.address)) for _ in range(40)]
    turned(transport, server, lambda _: sum(map(is_over, crowd)) >= 33)
    late = held.enter_context(greeted(server.address))
    late.sendall(part(b"late"))
    assert turned(transport, server, bool) == [b"late"]
    assert not is_over(honest)


CROWD: Final = """
import socket, sys
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(60)]
sys.stdin.read()
"""


def test_a_crowd_is_thinned_where_no_descriptor_is_left(
    transport: ZmqTransport, held: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ZeroMQ's own thread would try for ever to accept the next one, with a whole processor."""
    monkeypatch.setattr(limits, "CONNECTIONS_MAX", 8)
    server = bound(transport)
    keeper = server._keeper
    assert keeper is not None
    honest = held.enter_context(greeted(server.address))
    honest.sendall(part(b"hello"))
    turned(transport, server, bool)
    command = (sys.executable, "-c", CROWD, server.address.rpartition(":")[2])
    crowd = held.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + spare, hard))
    try:
        turned(transport, server, lambda _: keeper.shown_out >= 60 - 8 + 1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    crowd.kill()
    assert not is_over(honest)


def test_a_large_message_may_take_its_time(transport: ZmqTransport, held: ExitStack) -> None:
    """As many bytes as there may be, in two parts that come slowly, are a message."""
    server = bound(transport)
    slow = held.enter_context(greeted(server.address))
    data = part(b"h" * PART_BYTES, more=True) + part(b"p" * PART_BYTES)
    for at in range(0, len(data), len(data) // 8):
        slow.sendall(data[at : at + len(data) // 8])
        if at + len(data) // 8 < len(data):
            assert not turned(transport, server, looks(2))
    assert turned(transport, server, bool) == [b"h" * PART_BYTES]


def test_what_waits_while_this_process_stands_still_is_nobodys_fault(transport: ZmqTransport, held: ExitStack) -> None:
    """Many messages that nobody has read yet are no endless one."""
    server = bound(transport)
    busy = held.enter_context(greeted(server.address))
    turned(transport, server, looks(3))
    many = 4 * (2 * PART_BYTES + SLACK_BYTES) // 4096
    busy.sendall(part(b"m" * 4096) * many)
    threading.Event().wait(4 * doorkeeper.LOOK_S)
    assert len(turned(transport, server, lambda heard: len(heard) == many)) == many
    turned(transport, server, looks(3))
    assert not is_over(busy)


def test_a_descriptor_that_has_become_another_one_is_left_alone(transport: ZmqTransport) -> None:
    """ZeroMQ closes what it likes; a file or connection that has the same number now is not shut."""
    server = bound(transport)
    keeper = server._keeper
    assert keeper is not None
    ours, theirs = socket.socketpair()
    with ours, theirs:
        keeper._show_out(doorkeeper._Connection(ours.fileno(), 1))
        assert keeper.shown_out == 0
        assert not is_over(theirs)
