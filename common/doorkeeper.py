"""Who is connected to a bound TCP socket, and whom to show out: ZeroMQ itself lets anybody stay, and say anything.

Guarantees, for each connection, in two looks or little more:
- one that says nothing for `QUIET_S` is ended: a descriptor is not to be had for nothing;
- one that has sent more than a message may have, and still no message, is ended: ZeroMQ keeps all parts of a message
  until its last one, and has no limit of its own for them (measured: 200 to 700 MB more each second);
- of more than `most` connections those go that have been quiet for longest.

A connection is ended by shutting its descriptor down, as if the peer had gone; ZeroMQ then does the rest. Which
descriptor it is ZeroMQ's monitor says, and by the kernel's cookie it is made sure that it still is that one.
What this file does not know: what bytes mean, sessions, and who a peer is.
"""

from __future__ import annotations

import os
import socket as sockets
import struct
import sys
import time
from array import array
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final

import zmq
from zmq.utils.monitor import parse_monitor_message

if TYPE_CHECKING:
    Socket = zmq.Socket[bytes]

LOOK_S: Final = 0.05
"""Between two looks, where hardly anybody is there ..."""

LOOK_AT_ONE_S: Final = 0.00025
"""... and so much more for each who is: to look at one costs 4 us, so this is 2 % of the loop's time at most."""

QUIET_S: Final = 15.0
"""So long without a message ends a connection; counted in looks, as this process may be stopped, too. Whoever has a
session says something four times a second, or is lost after `limits.LOADING_LOST_AFTER_S`."""

SLACK_BYTES: Final = 64 * 1024
"""Greetings, signs of life and what frames the parts of a message."""

SUPPORTED: Final = sys.platform == "linux"
"""Whether the kernel says what is needed here; elsewhere nobody is shown out."""

_RECEIVED: Final = struct.Struct("=128xQ")
"""tcpi_bytes_received of struct tcp_info in <linux/tcp.h>."""
_SRCFD: Final = int(zmq.SRCFD)
_SO_COOKIE: Final = 57
_FIONREAD: Final = 0x541B
_numbers: Final = count()


class _Connection:
    """One that was accepted.

    Attributes:
        descriptor, cookie: which it is.
        peer: ZeroMQ's name for it, as soon as it has said something.
        heard: whether it has said something since the last look.
        quiet_s: how long it has not.
        base: bytes that ZeroMQ had read of it when it was last heard.
    """

    __slots__ = ("base", "cookie", "descriptor", "heard", "peer", "quiet_s")

    def __init__(self, descriptor: int, cookie: int) -> None:
        self.descriptor: Final = descriptor
        self.cookie: Final = cookie
        self.peer = b""
        self.heard = False
        self.quiet_s = 0.0
        self.base = 0


class Doorkeeper:
    """Of one bound socket; belongs to its thread.

    Args:
        socket: a ROUTER that is about to bind a TCP address.
        message_bytes: the most that one message may have, of all parts.
        most: connections at a time.

    Attributes:
        shown_out: how many connections were ended here.
    """

    def __init__(self, socket: Socket, message_bytes: int, most: int) -> None:
        self.shown_out = 0
        self._most: Final = most
        self._bytes: Final = message_bytes + SLACK_BYTES
        self._by_descriptor: dict[int, _Connection] = {}
        self._by_peer: dict[bytes, _Connection] = {}
        self._suspects: list[_Connection] = []
        self._look_at = 0.0
        self._taken = 0
        self._nothing: Final = os.open(os.devnull, os.O_RDONLY)
        self._spare: Final = os.dup(self._nothing)
        address = f"inproc://doorkeeper-{next(_numbers)}"
        socket.monitor(address, zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED)
        self._events: Final = socket.context.socket(zmq.PAIR)
        self._events.set_hwm(0)  # or ZeroMQ's own thread would wait until they are read
        self._events.connect(address)

    def __repr__(self) -> str:
        return f"Doorkeeper({len(self._by_descriptor)} connections, {self.shown_out} shown out)"

    def heard(self, peer: bytes, part: zmq.Frame) -> None:
        """Note that a message came from a peer; `part` is one of it."""
        self._taken += 1
        connection = self._by_peer.get(peer)
        if connection is None:
            with suppress(zmq.ZMQError):  # ZMTP 1 and 2 do not tell: who speaks those is taken to say nothing
                connection = self._found(peer, part.get(_SRCFD))
        if connection is not None:
            connection.heard = True

    def drained(self) -> None:
        """Note that there is no message left to be read."""
        self._taken = sys.maxsize

    def look(self) -> None:
        """See who is there, and show out who has to go; to be called between readings, as often as one likes."""
        if self._events.closed:
            return
        if self._suspects and self._taken >= len(self._by_descriptor):
            self._judge()
        now = time.monotonic()
        if now < self._look_at:
            return
        self._learn()
        self._suspects.clear()
        interval_s = LOOK_S + LOOK_AT_ONE_S * len(self._by_descriptor)
        self._look_at = now + interval_s
        for connection in tuple(self._by_descriptor.values()):
            self._see(connection, interval_s)
        self._make_room()
        self._taken = 0

    def close(self) -> None:
        """Look no more. Closing twice is once."""
        if not self._events.closed:
            self._events.close(linger=0)
            os.close(self._nothing)
            os.close(self._spare)

    def _found(self, peer: bytes, descriptor: int) -> _Connection | None:
        """Find the connection of a peer that was not heard before."""
        if descriptor not in self._by_descriptor:
            self._learn()
        connection = self._by_descriptor.get(descriptor)
        if connection is not None:
            connection.peer = peer
            self._by_peer[peer] = connection
        return connection

    def _learn(self) -> None:
        """Learn from ZeroMQ who has come and who has gone."""
        with suppress(zmq.Again):
            while True:
                event = parse_monitor_message(self._events.recv_multipart(zmq.DONTWAIT))
                descriptor = int(event["value"])
                self._forget(descriptor)
                if event["event"] == zmq.EVENT_ACCEPTED:
                    cookie = _cookie(descriptor)
                    if cookie is not None:
                        self._by_descriptor[descriptor] = _Connection(descriptor, cookie)

    def _forget(self, descriptor: int) -> None:
        connection = self._by_descriptor.pop(descriptor, None)
        if connection is not None:
            self._by_peer.pop(connection.peer, None)

    def _see(self, connection: _Connection, interval_s: float) -> None:
        read = _bytes_read(connection.descriptor)
        if connection.heard:
            connection.heard, connection.quiet_s, connection.base = False, 0.0, read
            return
        connection.quiet_s += interval_s
        if connection.quiet_s > QUIET_S:
            self._show_out(connection)
        elif read - connection.base > self._bytes:
            self._suspects.append(connection)

    def _judge(self) -> None:
        """Show suspects out that have not been heard, though all that was there when they became some has been read."""
        for connection in self._suspects:
            if not connection.heard:
                self._show_out(connection)
        self._suspects.clear()

    def _make_room(self) -> None:
        over = len(self._by_descriptor) - self._most
        if over > 0:
            for connection in sorted(self._by_descriptor.values(), key=lambda one: (not one.peer, one.quiet_s))[-over:]:
                self._show_out(connection)

    def _show_out(self, connection: _Connection) -> None:
        self._forget(connection.descriptor)
        with suppress(OSError):  # it has gone by itself
            # One of our own cannot become another one meanwhile; it is there already, as the system may give no more.
            os.dup2(connection.descriptor, self._spare, inheritable=False)
            try:
                if _cookie(self._spare) == connection.cookie:
                    _shut(self._spare)
                    self.shown_out += 1
            finally:
                os.dup2(self._nothing, self._spare, inheritable=False)


def _shut(descriptor: int) -> None:
    borrowed = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM, 0, fileno=descriptor)
    try:
        borrowed.shutdown(sockets.SHUT_RDWR)
    finally:
        borrowed.detach()


def _asked(descriptor: int, level: int, option: int, size: int) -> bytes:
    """Ask the kernel about a socket that is ZeroMQ's; raises OSError where it is gone."""
    borrowed = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM, 0, fileno=descriptor)
    try:
        return borrowed.getsockopt(level, option, size)
    finally:
        borrowed.detach()


def _cookie(descriptor: int) -> int | None:
    """What tells a socket from all others of this machine, before and after; None where it is gone."""
    with suppress(OSError):
        return int.from_bytes(_asked(descriptor, sockets.SOL_SOCKET, _SO_COOKIE, 8), sys.byteorder)
    return None


def _bytes_read(descriptor: int) -> int:
    """How many bytes of a connection ZeroMQ has read; 0 where it is gone, or the kernel is too old to say."""
    import fcntl  # noqa: PLC0415 - Windows has none

    with suppress(OSError, struct.error):
        received: int = _RECEIVED.unpack(_asked(descriptor, sockets.IPPROTO_TCP, sockets.TCP_INFO, _RECEIVED.size))[0]
        waiting = array("i", [0])
        fcntl.ioctl(descriptor, _FIONREAD, waiting)
        return received - waiting[0]
    return 0
