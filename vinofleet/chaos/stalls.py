"""How long outputs stood still: the longest time between two writes.

The time before the first write and after the last one is no stall: the fleet starts, and is done. What this file does
not know: files, the clock, and what was harmed meanwhile.
"""

from __future__ import annotations


class Stalls:
    """Sees sizes, and remembers the longest time in which they did not grow.

    Args:
        size: bytes that were there before.
    """

    def __init__(self, size: int = 0) -> None:
        self._size = size
        self._grew_at: float | None = None
        self.longest_s: float | None = None
        """The longest; None until there were two writes."""
        self.longest_from: float = 0.0
        """When it began, by the clock of those who told the times."""

    @property
    def has_begun(self) -> bool:
        """Whether anything was written."""
        return self._grew_at is not None

    def see(self, size: int, now: float) -> None:
        """Outputs have so many bytes now. Fewer than before is a new file, or what a restart cuts off: no write."""
        grew = size > self._size
        self._size = size
        if not grew:
            return
        if self._grew_at is not None and now - self._grew_at > (self.longest_s or 0.0):
            self.longest_s, self.longest_from = now - self._grew_at, self._grew_at
        self._grew_at = now
