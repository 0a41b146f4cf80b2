"""One connection through the proxy: its two sides, what is on its way between them, and how it ends.

Guarantees that the end of one way is passed on after everything that came that way, and that a way that is stalled
passes nothing on: no byte, no end. What this file does not know: who else is connected, and why a way is stalled.
"""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections.abc import Container
from contextlib import suppress
from enum import Enum
from typing import Final

from vinofleet.chaos.delay_line import INFINITY, DelayLine

READ_BYTES: Final = 262_144

LINGER_NONE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: closing sends a reset (tcp(7))."""


class Way(Enum):
    """A direction of a connection."""

    TO_TARGET = "to the target"
    FROM_TARGET = "from the target"


BOTH: Final = frozenset(Way)


class Connection:
    """A client's connection, and the one to the target that was begun for it.

    Args:
        client: who came.
        target: a socket whose connecting is under way.
    """

    def __init__(self, client: socket.socket, target: socket.socket) -> None:
        self.sides: Final = (client, target)
        self._target: Final = target
        self._ends: Final = {Way.TO_TARGET: (client, target), Way.FROM_TARGET: (target, client)}
        self._lines: Final = {way: DelayLine() for way in Way}
        self._connected = False
        self._shut: Final[set[Way]] = set()

    @property
    def has_ended(self) -> bool:
        """Whether both ways have ended."""
        return self._shut == BOTH

    def wanted(self, stalled: frozenset[Way]) -> dict[socket.socket, int]:
        """What to wait for, as a selector's events by socket."""
        if not self._connected:
            return {self._target: selectors.EVENT_WRITE}
        now = time.monotonic()
        wanted: dict[socket.socket, int] = {}
        for way in BOTH - stalled:
            line, (source, sink) = self._lines[way], self._ends[way]
            if line.takes:
                wanted[source] = wanted.get(source, 0) | selectors.EVENT_READ
            if line.peek(now) is not None:
                wanted[sink] = wanted.get(sink, 0) | selectors.EVENT_WRITE
        return wanted

    def deadline(self, stalled: frozenset[Way]) -> float:
        """When something that is on its way is due; infinity if nothing is, or if it waits for its reader."""
        now = time.monotonic()
        lines = [self._lines[way] for way in BOTH - stalled - self._shut]
        return min((line.deadline() for line in lines if line.peek(now) is None), default=INFINITY)

    def serve(self, ready: Container[object], stalled: frozenset[Way], delay_s: float) -> dict[Way, int]:
        """Read what came, write what is due, and say how many bytes were passed on.

        Args:
            ready: sockets that have something to read or room to write.
            stalled: ways in which nothing passes.
            delay_s: how long what is read now takes.

        Raises:
            OSError: one side is gone.
        """
        passed = dict.fromkeys(Way, 0)
        if not self._connected:
            if self._target not in ready:
                return passed
            failure = self._target.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                raise OSError(failure, "the target cannot be reached")
            self._connected = True
        for way in BOTH - stalled:
            line, (source, sink) = self._lines[way], self._ends[way]
            if source in ready and line.takes:
                with suppress(BlockingIOError):
                    line.put(source.recv(READ_BYTES), time.monotonic(), delay_s)
            passed[way] = _write(sink, line)
            self._pass_end_on(way)
        return passed

    def close(self, *, reset: bool) -> None:
        """Close both sides, in order or by a reset."""
        for side in self.sides:
            close(side, reset=reset)

    def _pass_end_on(self, way: Way) -> None:
        if way not in self._shut and self._lines[way].has_ended(time.monotonic()):
            self._shut.add(way)
            with suppress(OSError):  # the other side has left already
                self._ends[way][1].shutdown(socket.SHUT_WR)


def close(side: socket.socket, *, reset: bool) -> None:
    """Close a socket, in order or by a reset."""
    if reset:
        with suppress(OSError):
            side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
    side.close()


def _write(sink: socket.socket, line: DelayLine) -> int:
    total = 0
    with suppress(BlockingIOError):
        while (data := line.peek(time.monotonic())) is not None:
            count = sink.send(data)
            line.took(count)
            total += count
    return total
