"""What policies do to a producer's streams: frames that wait too long are dropped, and the newest always has a slot.

Guarantees, under a policy that drops: the decoder of a stream lacks no slot as long as its frames have numbers (its
window). For two of its slots hold no frame that anybody was given: one is written, the other holds the newest frame or
is free. So no new frame is given out while all others are with workers, or wait for the collector.
What this file does not know: which frames are dropped (policy.py); who is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from producer.frames import Frame
from producer.leases import LeaseTable
from producer.policy import Line, Policy, line_of
from producer.slots import SlotBook, SlotState

RESERVED: Final = 2
"""Slots of a stream that are kept from workers."""


class Drops:
    """The policies at work; to a stream under one that drops nothing, nothing happens here.

    Args:
        policies: by stream; none of a stream that is not here drops.
        leases: where frames wait.
        slots: where they lie.
    """

    def __init__(self, policies: Mapping[str, Policy], leases: LeaseTable, slots: SlotBook) -> None:
        self._leases: Final = leases
        self._slots: Final = slots
        self._lines: Final[dict[str, Line]] = {}
        self._held: Final[set[str]] = set()
        self._due_at = float("inf")
        dropping = {name: policy for name, policy in policies.items() if policy.drops}
        if dropping:
            leases.queues.watch(dropping)
            self._lines.update({name: line_of(policy, leases.queues.waits) for name, policy in dropping.items()})

    def given(self, frame: Frame) -> None:
        """Note that a worker was given a frame for the first time."""
        stream = frame.key[0]
        self._slots.read(frame.slot)
        if stream in self._lines and not self._may_give(stream):
            self._held.add(stream)
            self._leases.queues.hold(stream)

    def take(self, now: float) -> list[Frame]:
        """Drop what is to be dropped, and free the slots that nobody reads; the frames are condemned."""
        if not self._lines:
            return []
        self._let_go()
        news = self._leases.queues.news()
        for frame in news:
            line = self._lines[frame.key[0]]
            line.join(frame)
            self._due_at = min(self._due_at, line.due())
        names: Iterable[str] = dict.fromkeys(frame.key[0] for frame in news)
        is_due = now >= self._due_at
        dropped = [frame for name in (self._lines if is_due else names) for frame in self._drop(name, now)]
        if is_due:
            self._due_at = min(line.due() for line in self._lines.values())
        return dropped

    def deadline(self) -> float:
        """When `take` has something to do."""
        return self._due_at

    def _drop(self, stream: str, now: float) -> list[Frame]:
        spare = self._slots.count(stream, SlotState.FREE, SlotState.LENT)
        dropped = self._lines[stream].victims(now, spare)
        for frame, reason in dropped:
            if frame.is_untouched:
                self._slots.vacate(frame.slot)
                frame.vacated = True
            self._leases.drop(frame, reason)
        return [frame for frame, _ in dropped]

    def _let_go(self) -> None:
        """Give out frames of streams again that have slots for it."""
        for stream in [stream for stream in self._held if self._may_give(stream)]:
            self._held.remove(stream)
            self._leases.queues.let_go(stream)

    def _may_give(self, stream: str) -> bool:
        return self._slots.count(stream, SlotState.READ) < self._slots.size(stream) - RESERVED
