"""Which of the frames that wait for a worker are dropped, so that those which go to one are not old.

- `lossless`: none. Whoever has no time stops the decoder.
- `freshest`: of the frames of a stream that wait, all but the newest, as soon as it is there.
- `max-age=T`: those that wait and were captured T seconds ago; and where they fill all slots, the oldest of them.

The newest frame of a stream is never dropped for another one's sake.
What this file does not know: slots, workers, what becomes of a dropped frame (drops.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple, Protocol

from common import limits
from producer.frames import Frame

SUPERSEDED: Final = "superseded"
TOO_OLD: Final = "too_old"
NO_ROOM: Final = "no_room"
"""Reasons of dropped frames, as rows and reports name them."""

OUTAGE_S: Final = 60
"""So long a collector may be away, or a disk full, with every frame of a stream that drops counted one by one."""


class Keep(StrEnum):
    """Which frames are kept."""

    LOSSLESS = "lossless"
    FRESHEST = "freshest"
    MAX_AGE = "max-age"


class Policy(NamedTuple):
    """What becomes of frames that nobody has time for.

    Attributes:
        keep: which are kept.
        max_age_s: seconds that a frame may wait; only of MAX_AGE.
    """

    keep: Keep = Keep.LOSSLESS
    max_age_s: float = math.inf

    @property
    def drops(self) -> bool:
        """Whether it drops any."""
        return self.keep is not Keep.LOSSLESS

    @property
    def least_slots(self) -> int:
        """Of a stream: one is written while others are read; where frames are dropped, one more holds the newest."""
        return 3 if self.drops else 2

    def window(self, rate: Fraction, slots: int) -> int:
        """How many frames of a stream may be unsettled.

        As many as it has slots; or those of `OUTAGE_S` where frames are dropped, for these need none.

        Args:
            rate: nominal frames a second; 0 where unknown.
            slots: of the stream.
        """
        if not self.drops:
            return slots
        most = limits.WINDOW_MAX_FRAMES
        return max(slots, min(most, math.ceil(OUTAGE_S * rate)) if rate else most)


LOSSLESS: Final = Policy()


class Line(Protocol):
    """The frames of one stream that wait, as its policy sees them."""

    def join(self, frame: Frame) -> None:
        """Take a frame that waits now; one that is here already is here once."""

    def victims(self, now: float, spare: int) -> list[tuple[Frame, str]]:
        """Say which are to be dropped, the oldest first, and why; they are forgotten here.

        Args:
            now: seconds.
            spare: slots of the stream that hold no frame.
        """

    def due(self) -> float:
        """When `victims` has something to say if nothing happens; perhaps too early."""


class FreshestLine:
    """See `Line`.

    Args:
        waits: whether a frame still waits.
    """

    def __init__(self, waits: Callable[[Frame], bool]) -> None:
        self._waits: Final = waits
        self._frames: dict[int, Frame] = {}

    def join(self, frame: Frame) -> None:
        """See `Line.join`."""
        self._frames[frame.key[1]] = frame

    def victims(self, now: float, spare: int) -> list[tuple[Frame, str]]:
        """See `Line.victims`."""
        del now, spare  # it is a matter of order alone
        waiting = sorted(seq for seq, frame in self._frames.items() if self._waits(frame))
        dropped = [(self._frames[seq], SUPERSEDED) for seq in waiting[:-1]]
        self._frames = {seq: self._frames[seq] for seq in waiting[-1:]}
        return dropped

    def due(self) -> float:
        """See `Line.due`."""
        return math.inf


class MaxAgeLine:
    """See `Line`.

    Args:
        waits: whether a frame still waits.
        max_age_s: how long it may.
    """

    def __init__(self, waits: Callable[[Frame], bool], max_age_s: float) -> None:
        self._waits: Final = waits
        self._max_age_s: Final = max_age_s
        self._frames: Final[dict[int, Frame]] = {}
        self._order: Final[list[int]] = []

    def join(self, frame: Frame) -> None:
        """See `Line.join`."""
        seq = frame.key[1]
        if seq not in self._frames:
            heappush(self._order, seq)
        self._frames[seq] = frame

    def victims(self, now: float, spare: int) -> list[tuple[Frame, str]]:
        """See `Line.victims`."""
        dropped: list[tuple[Frame, str]] = []
        while (oldest := self._oldest()) is not None and now >= self._end_of(oldest):
            dropped.append((self._take(), TOO_OLD))
        if spare == 0 and not any(frame.is_untouched for frame, _ in dropped):
            dropped += [(frame, NO_ROOM) for frame in self._crowded_out()]
        return dropped

    def due(self) -> float:
        """See `Line.due`."""
        return self._end_of(self._frames[self._order[0]]) if self._order else math.inf

    def _end_of(self, frame: Frame) -> float:
        return frame.captured_at + self._max_age_s

    def _oldest(self) -> Frame | None:
        """The oldest frame that waits; those that do not are forgotten."""
        while self._order:
            frame = self._frames[self._order[0]]
            if self._waits(frame):
                return frame
            self._take()
        return None

    def _take(self) -> Frame:
        return self._frames.pop(heappop(self._order))

    def _crowded_out(self) -> list[Frame]:
        """The oldest frame whose slot can be had, unless it is the newest that waits."""
        waiting = [seq for seq in sorted(self._order) if self._waits(self._frames[seq])]
        crowded = next((seq for seq in waiting[:-1] if self._frames[seq].is_untouched), None)
        if crowded is None:
            return []
        self._order.remove(crowded)
        heapify(self._order)
        return [self._frames.pop(crowded)]


def line_of(policy: Policy, waits: Callable[[Frame], bool]) -> Line:
    """The line of a stream under a policy that drops; `waits` says whether a frame still waits."""
    return FreshestLine(waits) if policy.keep is Keep.FRESHEST else MaxAgeLine(waits, policy.max_age_s)
