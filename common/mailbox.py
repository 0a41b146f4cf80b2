"""Other threads' way into the loop: a queue without locks, with a wake-up that a poller can wait for.

- `put` never blocks and may be called from any thread and from a signal handler (it takes no lock).
- What was put before `drain` read the wake-up is in what `drain` returns; what comes later wakes again.
- At most one wake-up byte is in the socket pair, however many items wait.
- What may wait is left without a wake-up, and announced by `nudge` to a loop that said it would `attend`.

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
        self._attends = True
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
        self._ring()

    def leave(self, item: T) -> None:
        """Leave an item that may wait until the loop turns anyway, or is nudged; from any thread."""
        self._items.append(item)

    def nudge(self) -> None:
        """Wake the loop for what was left, if it attends; from any thread."""
        if self._attends:
            self._ring()

    def attend(self, attends: bool) -> None:  # noqa: FBT001 - what it is set to
        """Say, in the loop's thread, whether to be woken for what is left; at first that is so."""
        self._attends = attends
        if attends and self._items:  # left before, and nudged in vain
            self._ring()

    def drain(self) -> list[T]:
        """Take everything that waits, oldest first, and rearm the wake-up."""
        if not self._token:
            with suppress(BlockingIOError):
                self._reader.recv(16)
                self._token.append(None)
        return [self._items.popleft() for _ in range(len(self._items))]

    def _ring(self) -> None:
        try:
            self._token.pop()
        except IndexError:
            return  # a wake-up is under way
        with suppress(OSError):  # the loop has closed it and reads no more
            self._writer.send(b"\0")

    def close(self) -> None:
        """Close the descriptors; call it from the loop's thread once nobody polls them."""
        self._reader.close()
        self._writer.close()
