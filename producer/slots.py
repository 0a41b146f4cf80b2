"""Which slot of the segment is whose: lent to a decoder, or full until its frame is settled.

Guarantees: a slot holds one frame at a time. Once anybody may read it, only `settle` frees it; one that nobody was
given may be vacated before (its frame is dropped). Without drops that bounds the unsettled frames of a stream by its
slots, which is the window and the back-pressure.
What this file does not know: memory, pixels, and whether a transport still reads a slot (the edge waits for that).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from itertools import accumulate
from typing import Final

from common.word import Word


class SlotState(Word):
    """What a slot is doing."""

    FREE = "free"
    LENT = "lent"
    """A decoder may write to it."""
    FULL = "full"
    """It holds an unsettled frame, which nobody was given."""
    READ = "read"
    """It holds an unsettled frame, which workers may read, be it late."""


class SlotError(Exception):
    """A slot was used out of turn: a defect of this process."""


def shares(window: int, least: Mapping[str, int]) -> dict[str, range]:
    """Share `window` slots out evenly among streams; each of them gets at least so many as `least` says."""
    counts = [max(few, window // len(least)) for few in least.values()]
    ends = list(accumulate(counts))
    return {name: range(end - count, end) for name, count, end in zip(least, counts, ends, strict=True)}


class SlotBook:
    """The state of every slot.

    Args:
        owned: the slots of each stream, disjoint.
    """

    def __init__(self, owned: Mapping[str, range]) -> None:
        self._owned: Final = dict(owned)
        self._owner: Final = {slot: name for name, slots in owned.items() for slot in slots}
        self._state: Final = dict.fromkeys(self._owner, SlotState.FREE)
        self._free: Final = {name: deque(slots) for name, slots in owned.items()}
        self._count: Final = {name: Counter({SlotState.FREE: len(slots)}) for name, slots in owned.items()}

    def __repr__(self) -> str:
        return f"SlotBook({', '.join(f'{slot}:{state}' for slot, state in self._state.items())})"

    def narrow(self, stream: str, most: int) -> None:
        """Use only the first `most` of a stream's slots from now on; to be called before any is lent."""
        for slot in self._owned[stream][most:]:
            self._free[stream].remove(slot)
            self._count[stream][SlotState.FREE] -= 1
        self._owned[stream] = self._owned[stream][:most]

    def lend(self, stream: str, most: int) -> list[int]:
        """Lend a stream's free slots to its decoder, as long as no more than `most` are lent in all."""
        free, count = self._free[stream], self._count[stream]
        lent = []
        while free and count[SlotState.LENT] < most:
            slot = free.popleft()
            self._move(slot, SlotState.LENT)
            lent.append(slot)
        return lent

    def fill(self, stream: str, slot: int) -> None:
        """Note that a lent slot holds a captured frame now."""
        if self._owner.get(slot) != stream:
            raise SlotError(f"slot {slot} is not {stream}'s")
        self._expect(slot, SlotState.LENT)
        self._move(slot, SlotState.FULL)

    def read(self, slot: int) -> None:
        """Note that its frame is given to somebody: nobody knows from now on who still reads it."""
        self._expect(slot, SlotState.FULL)
        self._move(slot, SlotState.READ)

    def vacate(self, slot: int) -> None:
        """Free a slot whose frame is dropped, and which nobody was given."""
        self._expect(slot, SlotState.FULL)
        self._release(slot)

    def settle(self, slot: int) -> None:
        """Free a slot whose frame the collector has acknowledged."""
        self._expect(slot, SlotState.FULL, SlotState.READ)
        self._release(slot)

    def first(self, stream: str) -> int:
        """The lowest slot of a stream."""
        return self._owned[stream].start

    def size(self, stream: str) -> int:
        """How many slots a stream uses."""
        return len(self._owned[stream])

    def count(self, stream: str, *states: SlotState) -> int:
        """How many of a stream's slots are in one of these states."""
        return sum(self._count[stream][state] for state in states)

    def _expect(self, slot: int, *states: SlotState) -> None:
        if self._state.get(slot) not in states:
            raise SlotError(f"slot {slot} is {self._state.get(slot)}, not {' or '.join(states)}")

    def _release(self, slot: int) -> None:
        self._move(slot, SlotState.FREE)
        self._free[self._owner[slot]].append(slot)

    def _move(self, slot: int, after: SlotState) -> None:
        count = self._count[self._owner[slot]]
        count[self._state[slot]] -= 1
        count[after] += 1
        self._state[slot] = after
