"""A TCP proxy that harms what goes through it: it delays, stalls (a partition), resets and cuts connections.

    with Proxy("tcp://127.0.0.1:5555") as proxy:  # workers connect to proxy.address
        proxy.delay_s = 0.1
        proxy.stall(Way.TO_TARGET)
        proxy.heal()

A stalled proxy closes nothing and passes nothing on, not even an end or a reset: as after a cable was pulled, neither
side learns of it but by silence. New connections wait meanwhile.

Guarantees that bytes that are passed on are those that came, in order, and that what the caller asks for holds when the
call returns. One thread turns all connections. What this file does not know: whose bytes these are.
"""

from __future__ import annotations

import errno
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Self

from common.address import Address, parse_address
from common.errors import NetworkError
from vinofleet.chaos.connection import BOTH, READ_BYTES, Connection, Way, close
from vinofleet.chaos.delay_line import INFINITY

BACKLOG: Final = 128
ANSWER_S: Final = 10.0
"""How long the proxy's thread has for what it is asked; it does nothing that takes longer than milliseconds."""


class Proxy:
    """Passes connections on to a target, and harms them as it is told; a context, or `start` and `close`.

    Args:
        target: `tcp://HOST:PORT` to which it connects, once for each connection that comes.
        listen: `tcp://HOST:PORT` that it binds; port 0 or `*` for any that is free.

    Raises:
        NetworkError: one of them is no TCP address, or `listen` cannot be bound.
    """

    def __init__(self, target: str, listen: str = "tcp://127.0.0.1:0") -> None:
        self._target: Final = _found(_tcp(target))
        self._listener: Final = _bound(_tcp(listen))
        self._bell, self._ring = socket.socketpair()
        self._bell.settimeout(0)
        self._selector: Final = selectors.DefaultSelector()
        self._asked: Final[queue.SimpleQueue[Callable[[], None]]] = queue.SimpleQueue()
        self._connections: list[Connection] = []
        self._passed: Final = dict.fromkeys(Way, 0)
        self._accepted = 0
        self._delay_s = 0.0
        self._stalled: frozenset[Way] = frozenset()
        self._is_cut = False
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        host, port = self._listener.getsockname()[:2]
        self.address: Final = str(Address("tcp", host, port))
        """Where it listens."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Pass on from now."""
        self._thread.start()

    def close(self) -> None:
        """Close every connection and stop; what was on its way is lost."""
        if self._thread.ident is not None and not self._is_over:
            self._ask(self._end)
            self._thread.join(ANSWER_S)
        for each in (self._listener, self._bell, self._ring, self._selector):
            each.close()

    @property
    def delay_s(self) -> float:
        """How long bytes take, each way, beside what they take anyway; what is on its way keeps its time."""
        return self._delay_s

    @delay_s.setter
    def delay_s(self, seconds: float) -> None:
        self._ask(lambda: setattr(self, "_delay_s", seconds))

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    @property
    def accepted(self) -> int:
        """How many connections there have been."""
        return self._accepted

    @property
    def bytes_to_target(self) -> int:
        """How many bytes were passed on to the target."""
        return self._passed[Way.TO_TARGET]

    @property
    def bytes_from_target(self) -> int:
        """How many bytes were passed on to those who connected."""
        return self._passed[Way.FROM_TARGET]

    def stall(self, *ways: Way) -> None:
        """Pass nothing on, one way or (without arguments) both, and close nothing, until `heal`."""
        self._ask(lambda: setattr(self, "_stalled", self._stalled | (frozenset(ways) or BOTH)))

    def reset(self) -> int:
        """Reset every connection, on both sides; new ones are welcome. Returns how many there were."""
        count = 0

        def reset_all() -> None:
            nonlocal count
            count = len(self._connections)
            self._drop_all()

        self._ask(reset_all)
        return count

    def cut(self) -> None:
        """Reset every connection, and each new one at once, until `heal`."""

        def cut() -> None:
            self._is_cut = True
            self._drop_all()

        self._ask(cut)

    def heal(self) -> None:
        """Undo `stall` and `cut`; the delay stays."""

        def heal() -> None:
            self._stalled = frozenset()
            self._is_cut = False

        self._ask(heal)

    def _ask(self, change: Callable[[], None]) -> None:
        """Have the thread do something between two turns, and wait until it has; before it runs, do it here."""
        if self._thread.ident is None:
            change()
            return
        done = threading.Event()

        def do() -> None:
            change()
            done.set()

        self._asked.put(do)
        self._ring.send(b"!")
        if not done.wait(ANSWER_S):
            raise RuntimeError("the proxy's thread has ended")

    # --- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_over:
            self._listen_for()
            deadline = min((each.deadline(self._stalled) for each in self._connections), default=INFINITY)
            wait_s = None if deadline == INFINITY else max(0.0, deadline - time.monotonic())
            ready = self._selector.select(wait_s)
            with suppress(BlockingIOError):
                self._bell.recv(READ_BYTES)
            while not self._asked.empty():
                self._asked.get()()
            if not self._is_over:
                self._turn({key.fileobj for key, _ in ready})

    def _listen_for(self) -> None:
        """Tell the selector whom to wait for: a side that may not be heard now would wake us again and again."""
        wanted: dict[socket.socket, int] = {self._bell: selectors.EVENT_READ}
        if not self._stalled:
            wanted[self._listener] = selectors.EVENT_READ
        for connection in self._connections:
            wanted |= connection.wanted(self._stalled)
        known = {key.fileobj: key.events for key in self._selector.get_map().values()}
        for gone in known.keys() - wanted.keys():
            self._selector.unregister(gone)
        for side, events in wanted.items():
            if side not in known:
                self._selector.register(side, events)
            elif known[side] != events:
                self._selector.modify(side, events)

    def _turn(self, ready: set[object]) -> None:
        if self._listener in ready and not self._stalled:
            self._accept()
        for connection in list(self._connections):
            try:
                passed = connection.serve(ready, self._stalled, self._delay_s)
            except OSError:
                # One side is gone: the other one learns of it as it would without us.
                self._drop(connection, reset=True)
                continue
            for way, count in passed.items():
                self._passed[way] += count
            if connection.has_ended:
                self._drop(connection, reset=False)

    def _accept(self) -> None:
        with suppress(OSError):  # whoever came has left again
            client, _ = self._listener.accept()
            if self._is_cut:
                close(client, reset=True)
                return
            self._accepted += 1
            try:
                self._connect(client)
            except OSError:  # no descriptor for the other side
                close(client, reset=True)
                raise

    def _connect(self, client: socket.socket) -> None:
        family, place = self._target
        target = socket.socket(family, socket.SOCK_STREAM)
        for side in (client, target):
            side.settimeout(0)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(client, target)
        self._connections.append(connection)
        if target.connect_ex(place) not in {0, errno.EINPROGRESS}:
            self._drop(connection, reset=True)

    def _end(self) -> None:
        self._drop_all()
        self._is_over = True

    def _drop_all(self) -> None:
        for connection in list(self._connections):
            self._drop(connection, reset=True)

    def _drop(self, connection: Connection, *, reset: bool) -> None:
        known = self._selector.get_map()
        for side in connection.sides:
            if side in known:
                self._selector.unregister(side)
        connection.close(reset=reset)
        self._connections.remove(connection)


def _tcp(text: str) -> Address:
    address = parse_address(text)
    if address.scheme != "tcp":
        raise NetworkError(f"{text} is no TCP address", "a proxy takes tcp://HOST:PORT only")
    return address


def _found(address: Address) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Look a name up once, here: the thread that turns the connections must not wait for a name server."""
    try:
        family, _, _, _, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise NetworkError(f"{address} has a host that is not known ({error.strerror})", "check its name") from error
    return family, (str(place[0]), int(place[1]))


def _bound(address: Address) -> socket.socket:
    family = socket.AF_INET6 if address.is_ipv6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("" if address.host == "*" else address.host, address.port))
        listener.listen(BACKLOG)
        listener.settimeout(0)
    except OSError as error:
        listener.close()
        raise NetworkError(f"{address} cannot be bound ({error.strerror})", "choose another address") from error
    return listener
