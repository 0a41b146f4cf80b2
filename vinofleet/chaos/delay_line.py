"""One direction of a proxied connection: bytes that wait for their time, in order, and not more than fit.

Guarantees that bytes leave in the order in which they came, each not before its delay is over, and the end of the
stream after all of them. What this file does not know: sockets, and the clock.
"""

from __future__ import annotations

from collections import deque
from typing import Final

HELD_MAX_BYTES: Final = 16 << 20
"""From here on no more is taken: 100 ms of a link of 1 Gbit/s are 12.5 MB."""

INFINITY: Final = float("inf")


class DelayLine:
    """Bytes on their way from one side of a proxy to the other."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, memoryview]] = deque()
        self._held_bytes = 0
        self._latest_at = -INFINITY
        self._end_at = INFINITY

    @property
    def takes(self) -> bool:
        """Whether there is room for more, and more may come."""
        return self._held_bytes < HELD_MAX_BYTES and self._end_at == INFINITY

    @property
    def held_bytes(self) -> int:
        """How many bytes are on their way."""
        return self._held_bytes

    def put(self, data: bytes, now: float, delay_s: float) -> None:
        """Take bytes that came now; b"" is the end of the stream. None overtakes what came before it."""
        self._latest_at = max(self._latest_at, now + delay_s)
        if data:
            self._waiting.append((self._latest_at, memoryview(data)))
            self._held_bytes += len(data)
        else:
            self._end_at = self._latest_at

    def peek(self, now: float) -> memoryview | None:
        """What may leave now, first of all; None if nothing may."""
        return self._waiting[0][1] if self._waiting and self._waiting[0][0] <= now else None

    def took(self, count: int) -> None:
        """So many bytes of what `peek` gave have left."""
        due, data = self._waiting.popleft()
        self._held_bytes -= count
        if count < len(data):
            self._waiting.appendleft((due, data[count:]))

    def has_ended(self, now: float) -> bool:
        """Whether everything has left and no more will come."""
        return not self._waiting and self._end_at <= now

    def deadline(self) -> float:
        """When there is next something to leave, or the end to be passed on; infinity if nothing is on its way."""
        return self._waiting[0][0] if self._waiting else self._end_at
