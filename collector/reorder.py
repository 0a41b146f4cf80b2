"""Puts frames back into order: each number goes out once, none before those below it.

Guarantees that at most `window` frames are held, all of them within the window that begins at `next`, and that the
first of several with one number wins. What this file does not know: what the frames are, and why one is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Generic, TypeVar

from common import limits

T = TypeVar("T")


class Offer(Enum):
    """What became of an offered frame."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """It is held or was taken already."""
    BEYOND = "beyond"
    """It lies past the window or past the end."""


class ReorderBuffer(Generic[T]):
    """Frames of one stream on their way out.

    Args:
        start: the first number to go out.
        window: how many numbers from `next` on are admitted, 1 or more; may be changed at any time.

    Attributes:
        next: the number that goes out next; all below it were taken.
    """

    __slots__ = ("_end", "_held", "next", "window")

    def __init__(self, start: int, window: int) -> None:
        self.next = start
        self.window = window
        self._held: dict[int, T] = {}
        self._end: float = float("inf")

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"ReorderBuffer(next {self.next}, holds {len(self._held)}, window {self.window})"

    @property
    def top(self) -> int:
        """The number after the highest that was seen."""
        return max(self._held, default=self.next - 1) + 1

    @property
    def reach(self) -> float:
        """The number after the last that is admitted; whole, or infinite."""
        return min(self.next + self.window, self._end)

    def offer(self, seq: int, item: T) -> Offer:
        """Hold a frame, unless there is one of its number or it lies outside."""
        if seq < self.next or seq in self._held:
            return Offer.DUPLICATE
        if seq >= self.next + self.window or seq >= self._end:
            return Offer.BEYOND
        self._held[seq] = item
        return Offer.ACCEPTED

    def take_ready(self, end: float = float("inf")) -> list[T]:
        """Take what is in order, from `next` up to the first gap, or up to, without, `end`."""
        ready: list[T] = []
        held, seq = self._held, self.next
        while seq < end and seq in held:
            ready.append(held.pop(seq))
            seq += 1
        self.next = seq
        return ready

    def ranges(self, limit: int = limits.RANGES_MAX) -> tuple[tuple[int, int], ...]:
        """The lowest `limit` ranges [first, last] of what is held."""
        found: list[tuple[int, int]] = []
        for seq in sorted(self._held):
            if found and found[-1][1] == seq - 1:
                found[-1] = (found[-1][0], seq)
            elif len(found) == limit:
                break
            else:
                found.append((seq, seq))
        return tuple(found)

    def missing(self, end: int) -> Iterator[int]:
        """The numbers from `next` up to, without, `end` that are not held."""
        return (seq for seq in range(self.next, end) if seq not in self._held)

    def end_at(self, end: int) -> int:
        """Admit nothing from `end` on; say how many frames from there on were held and are now forgotten."""
        self._end = end
        past = [seq for seq in self._held if seq >= end]
        for seq in past:
            del self._held[seq]
        return len(past)

    def drop_buffered(self) -> int:
        """Forget what is held, and the end; say how many frames that were."""
        dropped = len(self._held)
        self._held.clear()
        self._end = float("inf")
        return dropped

    def check(self) -> None:
        """Assert the invariant: what is held lies within the window and before the end, and is not ready twice."""
        assert all(self.next <= seq < self._end for seq in self._held), self
        assert len(self._held) <= max(self.window, 1), self
