"""Which slot of the segment is whose: lent to a decoder, or full until its frame is settled.

Guarantees: a slot holds one frame at a time, and is lent again only after `settle`; nothing else frees it. That bounds
the unsettled frames of a stream by its slots, which is the window and the back-pressure.
What this file does not know: memory, pixels, and whether a transport still reads a slot (the edge waits for that).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class SlotState(StrEnum):
    """What a slot is doing."""

    FREE = "free"
    LENT = "lent"
    """A decoder may write to it."""
    FULL = "full"
    """It holds an unsettled frame; workers may read it."""


class SlotError(Exception):
    """A slot was used out of turn: a defect of this process."""


def shares(window: int, streams: Sequence[str]) -> dict[str, range]:
    """Share `window` slots out evenly; each stream gets at least two, so that decoding overlaps inference."""
    each = max(2, window // max(1, len(streams)))
    return {name: range(index * each, (index + 1) * each) for index, name in enumerate(streams)}


class SlotBook:
    """The state of every slot.

    Args:
        owned: the slots of each stream, disjoint.
    """

    def __init__(self, owned: dict[str, range]) -> None:
        self._owned: Final = owned
        self._state: Final = {slot: SlotState.FREE for slots in owned.values() for slot in slots}

    def __repr__(self) -> str:
        return f"SlotBook({', '.join(f'{slot}:{state}' for slot, state in self._state.items())})"

    def lend(self, stream: str, most: int | None = None) -> list[int]:
        """Lend the free ones of a stream's slots, or of the first `most` of them, to its decoder."""
        free = [slot for slot in self._owned[stream][:most] if self._state[slot] is SlotState.FREE]
        for slot in free:
            self._state[slot] = SlotState.LENT
        return free

    def fill(self, stream: str, slot: int) -> None:
        """Note that a lent slot holds a captured frame now."""
        if slot not in self._owned[stream]:
            raise SlotError(f"slot {slot} is not {stream}'s")
        self._move(slot, SlotState.LENT, SlotState.FULL)

    def settle(self, slot: int) -> None:
        """Free a slot whose frame the collector has acknowledged: lent again at once."""
        self._move(slot, SlotState.FULL, SlotState.LENT)

    def first(self, stream: str) -> int:
        """The lowest slot of a stream."""
        return self._owned[stream].start

    def size(self, stream: str) -> int:
        """How many slots a stream has: its window."""
        return len(self._owned[stream])

    def full(self, stream: str) -> int:
        """How many unsettled frames a stream has."""
        return sum(self._state[slot] is SlotState.FULL for slot in self._owned[stream])

    def _move(self, slot: int, before: SlotState, after: SlotState) -> None:
        if self._state.get(slot) is not before:
            raise SlotError(f"slot {slot} is {self._state.get(slot)}, not {before}")
        self._state[slot] = after
