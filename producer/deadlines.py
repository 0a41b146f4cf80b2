"""When leases are over, the soonest first.

Each lease lasts about as long as the one before it, so nearly every deadline is later than all others: it is put at the
end of a line, which costs nothing; a heap holds the few that are not.
What this file does not know: frames and leases; what an entry is good for when its time has come.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Final, TypeAlias

from producer.frames import Key

Entry: TypeAlias = tuple[float, Key, int]
"""A time, a frame, the number of the attempt at it."""


class Deadlines:
    """Entries, by time."""

    __slots__ = ("_line", "_others")

    def __init__(self) -> None:
        self._line: Final[deque[Entry]] = deque()
        self._others: Final[list[Entry]] = []

    def __len__(self) -> int:
        return len(self._line) + len(self._others)

    def __repr__(self) -> str:
        return f"Deadlines({len(self)}, {len(self._others)} of them out of line)"

    def push(self, entry: Entry) -> None:
        """Keep an entry."""
        if not self._line or entry[0] >= self._line[-1][0]:
            self._line.append(entry)
        else:
            heappush(self._others, entry)

    def first(self) -> Entry | None:
        """The entry whose time comes first; None if there is none."""
        return self._soonest()[0] if self else None

    def pop(self) -> Entry:
        """Take that one; there must be one."""
        return self._line.popleft() if self._soonest() is self._line else heappop(self._others)

    def _soonest(self) -> deque[Entry] | list[Entry]:
        """Where the entry lies whose time comes first; there must be one."""
        if self._line and not (self._others and self._others[0][0] < self._line[0][0]):
            return self._line
        return self._others
