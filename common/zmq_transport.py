"""Endpoints over ZeroMQ: a bound ROUTER or a connecting DEALER that never blocks, queues for nobody and never guesses.

- Peers are the ROUTER's own ids, new for each connection. A DEALER that set one would keep it over a reconnect, and
  the ROUTER would turn it away until it noticed the old connection's death.
- ROUTER_MANDATORY tells of a full queue and of a peer that is gone; IMMEDIATE keeps a DEALER from queueing for nobody.
- Errors of ZeroMQ become an `Outcome`, or a `NetworkError` where nobody could have expected them.
- MAXMSGSIZE bounds a part, not a message: ZeroMQ itself holds all parts before the first is seen here. Nothing is kept
  here of a message with too many, and who sends one without an end at a bound TCP socket is shown out by the
  `doorkeeper`, like whoever says nothing; on `ipc` whoever may open the path is trusted that far.

One transport and all its endpoints belong to one thread, which must keep waiting on them.
What this file does not know: what the bytes mean, and time other than the wait it is asked for.
"""

from __future__ import annotations

import errno
import math
import socket as sockets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import zmq

from common import limits
from common.address import Address, parse_address, require_protected
from common.descriptors import allowed_descriptors
from common.doorkeeper import SUPPORTED, Doorkeeper
from common.errors import NetworkError
from common.transport import FULL, GONE, SENT, SERVER, Inbound, Outcome, Receipt

if TYPE_CHECKING:
    from typing_extensions import Buffer

    Socket = zmq.Socket[bytes]
    Context = zmq.Context[Socket]

ZERO_COPY_MIN_BYTES: Final = 512 * 1024
"""Below this a payload is copied: over loopback, both ends, CPU ms with a copy / without one and with its tracker:
0.163 / 0.185 at 393 kB, 0.20 / 0.19 at 524 kB, 0.25 / 0.23 at 786 kB, 1.26 / 1.13 at 3.1 MB."""

_POLLIN: Final = int(zmq.POLLIN)
"""Once: each operation with ZeroMQ's own enumeration costs a microsecond, and this is asked for each message."""

PARTS_MAX: Final = 2
"""Of a message: a header and a payload."""

PARTS_A_CALL: Final = 64
"""Parts of refused messages that one `receive` discards before it lets the loop go on."""

_OPTIONS: Final[dict[int, int]] = {
    zmq.LINGER: 0,
    zmq.HEARTBEAT_IVL: 500,
    zmq.HEARTBEAT_TIMEOUT: 2000,
    zmq.HEARTBEAT_TTL: 2000,
    zmq.HANDSHAKE_IVL: 3000,
    zmq.CONNECT_TIMEOUT: 3000,  # the kernel would try one address for two minutes
    zmq.RECONNECT_IVL: 50,  # 50 to 100; no back-off, or who comes a second late is found half a second later
}
"""In milliseconds."""

_ROUTER_OPTIONS: Final[dict[int, int]] = {
    zmq.ROUTER_MANDATORY: 1,
    zmq.ROUTER_HANDOVER: 0,
    zmq.BACKLOG: limits.SESSIONS_MAX,  # of 256 that connect at once, 100 (ZeroMQ's own) let some try for a second
}
_DEALER_OPTIONS: Final[dict[int, int]] = {zmq.IMMEDIATE: 1}

_REMEDIES: Final = {
    errno.EADDRINUSE: "stop the process that has it, or choose another port",
    errno.EADDRNOTAVAIL: "give an address of this machine",
    errno.ENODEV: "give an address of this machine (a host name cannot be bound)",
    errno.EACCES: "choose a port above 1023, or a directory you may write to",
    errno.ENOENT: "make its directory first",
    errno.ENAMETOOLONG: "choose a shorter path",
}


class Authenticator(Protocol):
    """How sockets prove who they are and decide whom to admit (CURVE keys and a ZAP allow-list need no more)."""

    @property
    def secured(self) -> bool:
        """Whether a peer must prove who it is; if so, any address may be bound."""

    def start(self, context: Context) -> None:
        """Begin to answer for the context's sockets, before the first of them exists (a ZAP handler binds here)."""

    def configure(self, socket: Socket, *, server: bool) -> None:
        """Set keys and domain on a socket that is about to bind (`server`) or connect."""

    def stop(self) -> None:
        """End what `start` began, before the context ends (which waits for every socket to be closed)."""


class NoAuthentication:
    """Admits everybody: for loopback, and where the user said `--insecure`."""

    secured: Final = False

    def start(self, context: Context) -> None:
        """Do nothing."""

    def configure(self, socket: Socket, *, server: bool) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class _Tracked:
    """The receipt of a payload that ZeroMQ reads where it lies."""

    __slots__ = ("_tracker", "outcome")

    def __init__(self, tracker: zmq.MessageTracker) -> None:
        self.outcome: Final = Outcome.SENT
        self._tracker = tracker

    def done(self) -> bool:
        return self._tracker.done


class ZmqEndpoint:
    """A ROUTER or a DEALER as a `transport.Endpoint[bytes]`; made by `ZmqTransport`."""

    def __init__(self, socket: Socket, address: str, poller: zmq.Poller, keeper: Doorkeeper | None = None) -> None:
        self.address: Final = address
        self.refused = 0
        self._socket = socket
        self._poller = poller
        self._keeper = keeper
        self._router = socket.type == zmq.ROUTER
        self._discarding = False
        poller.register(socket, zmq.POLLIN)

    def __repr__(self) -> str:
        state = "closed" if self._socket.closed else "open"
        return f"ZmqEndpoint({'ROUTER' if self._router else 'DEALER'} {self.address}, {state}, refused {self.refused})"

    def send(self, peer: bytes, header: bytes, payload: Buffer | None = None) -> Receipt:
        """Send one message, or nothing; see `transport.Endpoint.send`.

        Raises:
            NetworkError: the endpoint is closed, or ZeroMQ failed in a way that no peer can cause.
        """
        more = zmq.DONTWAIT | zmq.SNDMORE
        try:
            if self._router:
                self._socket.send(peer, more)
            if payload is None:
                self._socket.send(header, zmq.DONTWAIT)
                return SENT
            self._socket.send(header, more)
            return self._send_payload(payload)
        except zmq.Again:
            return FULL
        except zmq.ZMQError as error:
            if error.errno == errno.EHOSTUNREACH:
                return GONE
            raise self._unexpected("send", error) from error

    def receive(self) -> Inbound[bytes] | None:
        """Take the next message of one or two parts; others are counted in `refused`.

        Raises:
            NetworkError: the endpoint is closed, or ZeroMQ failed in a way that no peer can cause.
        """
        try:
            if not int(self._socket.getsockopt(zmq.EVENTS)) & _POLLIN:
                if self._keeper is not None:
                    self._keeper.drained()
                return None  # cheaper than to try: an exception costs more than the rest of an idle turn
            for _ in range(PARTS_A_CALL):
                if not self._discarding:
                    inbound = self._read()
                    if inbound is not None:
                        return inbound
                elif not self._part().more:
                    self._discarding = False
        except zmq.Again:
            return None
        except zmq.ZMQError as error:
            raise self._unexpected("receive", error) from error
        return None

    def close(self, linger_s: float = 0.0) -> None:
        """Leave; ZeroMQ's own thread has `linger_s` seconds to send what waits. Closing twice is once."""
        if not self._socket.closed:
            self._poller.unregister(self._socket)
            if self._keeper is not None:
                self._keeper.close()
            self._socket.close(linger=math.ceil(linger_s * 1000))

    def _send_payload(self, payload: Buffer) -> Receipt:
        view = memoryview(payload)
        if view.nbytes < ZERO_COPY_MIN_BYTES:
            self._socket.send(view, zmq.DONTWAIT)
            return SENT
        tracker = self._socket.send(view, zmq.DONTWAIT, copy=False, track=True)
        return _Tracked(tracker)

    def _read(self) -> Inbound[bytes] | None:
        """Read one message; None if it had another number of parts, the rest of which are then to be discarded."""
        part = self._part()
        peer = SERVER
        if self._router:
            if not part.more:
                self.refused += 1
                return None
            peer, part = part.bytes, self._part()
            if self._keeper is not None:
                self._keeper.heard(peer, part)
        header, payload = part.bytes, None
        if part.more:
            part = self._part()
            payload = part.buffer
            if part.more:
                self.refused += 1
                self._discarding = True
                return None
        return Inbound(peer, header, payload)

    def _part(self) -> zmq.Frame:
        return self._socket.recv(zmq.DONTWAIT, copy=False)

    def _unexpected(self, what: str, error: zmq.ZMQError) -> NetworkError:
        return NetworkError(f"cannot {what} at {self.address}: {error.strerror}")


class ZmqTransport:
    """The process's ZeroMQ context with its endpoints and the one place to wait for all of them.

    Args:
        authenticator: how sockets prove who they are.
        insecure: whether an address that others reach may be bound without a `secured` authenticator.
    """

    def __init__(self, authenticator: Authenticator | None = None, *, insecure: bool = False) -> None:
        self._authenticator = authenticator or NoAuthentication()
        self._insecure = insecure
        self._ipc_paths: list[Path] = []
        self._keepers: list[Doorkeeper] = []
        self._context: Context = zmq.Context(io_threads=1)
        self._poller = zmq.Poller()
        self._authenticator.start(self._context)

    def bind(self, address: str, *, max_message_bytes: int, queue_messages: int) -> ZmqEndpoint:
        """Open an endpoint for any number of peers.

        Args:
            address: see common.address.
            max_message_bytes: the largest part admitted; a peer that sends more is disconnected.
            queue_messages: messages kept for one peer in either direction before `FULL`.

        Raises:
            NetworkError: no such address, in use, or open to everybody without `insecure`.
        """
        wanted = parse_address(address)
        require_protected(wanted, secured=self._authenticator.secured, insecure=self._insecure)
        if wanted.scheme == "ipc":
            _require_unused(wanted)
        socket = self._socket(zmq.ROUTER, _ROUTER_OPTIONS, max_message_bytes, queue_messages)
        keeper = self._keeper(socket, max_message_bytes) if wanted.scheme == "tcp" and SUPPORTED else None
        endpoint = self._open(socket, wanted, ipv6=wanted.is_ipv6, keeper=keeper)
        if wanted.scheme == "ipc" and not wanted.path.startswith(("*", "@")):
            self._ipc_paths.append(Path(wanted.path))
        return endpoint

    def connect(self, address: str, *, max_message_bytes: int, queue_messages: int) -> ZmqEndpoint:
        """Open an endpoint with the one peer `SERVER`, there or not; arguments as `bind`.

        A host name is looked up here, which may take the resolver's time, and again by ZeroMQ for each connection.

        Raises:
            NetworkError: no such address, or a host that no name server knows.
        """
        wanted = parse_address(address)
        ipv6 = _needs_ipv6(wanted)
        socket = self._socket(zmq.DEALER, _DEALER_OPTIONS, max_message_bytes, queue_messages)
        return self._open(socket, wanted, ipv6=ipv6)

    def watch(self, descriptor: int) -> None:
        """Make `wait` return also when a descriptor (a mailbox's) is readable. On Windows it must be a socket's."""
        self._poller.register(descriptor, zmq.POLLIN)

    def wait(self, timeout_s: float) -> bool:
        """Wait until an endpoint has mail or a watched descriptor is readable; False after `timeout_s` seconds.

        The time-out is finite, and rounded up to whole milliseconds: ZeroMQ knows no less, and who wakes early would
        only wait again.
        """
        for keeper in self._keepers:
            keeper.look()
        return bool(self._poller.poll(max(0, math.ceil(timeout_s * 1000))))

    def close(self, linger_s: float = 0.0) -> None:
        """Close every endpoint and wait up to `linger_s` seconds until what they sent is out. Closing twice is once."""
        if not self._context.closed:
            self._authenticator.stop()
            for path in self._ipc_paths:  # ZeroMQ leaves it; while it is bound nobody else can have taken it
                path.unlink(missing_ok=True)
            for keeper in self._keepers:
                keeper.close()
            self._context.destroy(linger=math.ceil(linger_s * 1000))

    def _socket(self, kind: int, options: dict[int, int], max_message_bytes: int, queue_messages: int) -> Socket:
        socket = self._context.socket(kind)
        for option, value in (_OPTIONS | options).items():
            socket.setsockopt(option, value)
        socket.setsockopt(zmq.MAXMSGSIZE, max_message_bytes)
        socket.set_hwm(queue_messages)
        return socket

    def _keeper(self, socket: Socket, max_message_bytes: int) -> Doorkeeper:
        most = min(limits.CONNECTIONS_MAX, allowed_descriptors() // 2)
        keeper = Doorkeeper(socket, PARTS_MAX * max_message_bytes, most)
        self._keepers.append(keeper)
        return keeper

    def _open(self, socket: Socket, address: Address, *, ipv6: bool, keeper: Doorkeeper | None = None) -> ZmqEndpoint:
        server = socket.type == zmq.ROUTER
        try:
            # Only where needed: with it, `localhost` is ::1 alone, and a server at 127.0.0.1 is never found.
            socket.setsockopt(zmq.IPV6, int(ipv6))
            self._authenticator.configure(socket, server=server)
            (socket.bind if server else socket.connect)(str(address))
        except zmq.ZMQError as error:
            socket.close(linger=0)
            if keeper is not None:
                keeper.close()
            raise _refusal(address, error, "bind" if server else "connect to") from error
        return ZmqEndpoint(socket, socket.getsockopt_string(zmq.LAST_ENDPOINT), self._poller, keeper)


def _needs_ipv6(address: Address) -> bool:
    """Look a host up; IPv4 where there is any, as ZeroMQ tries only the first address it finds."""
    if address.scheme != "tcp":
        return False
    if address.is_wildcard or not address.port:
        raise NetworkError(f"{address} is nowhere to connect to", "give the host and the port of the other side")
    try:
        found = sockets.getaddrinfo(address.host, address.port, type=sockets.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NetworkError(
            f"the host {address.host} of {address} is not known", "check the name, or give its IP"
        ) from error
    return all(family == sockets.AF_INET6 for family, *_ in found)


def _require_unused(address: Address) -> None:
    """Refuse an ipc path that is alive or no socket: ZeroMQ would silently unlink either of them and bind."""
    path = Path(address.path)
    if address.path.startswith(("*", "@")) or not path.exists() or not hasattr(sockets, "AF_UNIX"):
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise NetworkError(f"{address} is a file and no socket", "choose another path")
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as probe:
        probe.settimeout(0)
        if probe.connect_ex(address.path) != errno.ECONNREFUSED:
            raise NetworkError(f"{address} is in use", "stop the process that has it, or choose another path")


def _refusal(address: Address, error: zmq.ZMQError, verb: str) -> NetworkError:
    code = error.errno or 0
    reason = "it is in use" if code == errno.EADDRINUSE else zmq.strerror(code)
    return NetworkError(f"cannot {verb} {address}: {reason}", _REMEDIES.get(code, ""))
