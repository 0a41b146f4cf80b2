"""Other threads' way into the loop: a queue without locks, with a wake-up that a poller can wait for.

- `put` never blocks and may be called from any thread and from a signal handler (it takes no lock).
- What was put before `drain` read the wake-up is in what `drain` returns; what comes later wakes again.
- At most one wake-up byte is in the socket pair, however many items wait.

What this file does not know: what the items mean, and who waits.
"""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """A thread-safe queue with a file descriptor that is readable while something may be waiting.

    A socket pair and not a pipe, because Windows polls nothing but sockets.
    """

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        # Who pops the token sends the byte; who reads the byte puts the token back. `deque` is thread-safe by contract.
        self._token: deque[None] = deque([None], maxlen=1)
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)

    def __repr__(self) -> str:
        return f"Mailbox({len(self._items)} waiting, {'quiet' if self._token else 'ringing'})"

    def fileno(self) -> int:
        """Return the descriptor to poll for reading; -1 once closed."""
        return self._reader.fileno()

    def put(self, item: T) -> None:
        """Leave an item and wake the loop. An item put after `close` is never read, and that is no error."""
        self._items.append(item)
        try:
            self._token.pop()
        except IndexError:
            return  # a wake-up is under way
        with suppress(OSError):  # the loop has closed it and reads no more
            self._writer.send(b"\0")

    def drain(self) -> list[T]:
        """Take everything that waits, oldest first, and rearm the wake-up."""
        with suppress(BlockingIOError):
            self._reader.recv(16)
            self._token.append(None)
        return [self._items.popleft() for _ in range(len(self._items))]

    def close(self) -> None:
        """Close the descriptors; call it from the loop's thread once nobody polls them."""
        self._reader.close()
        self._writer.close()
