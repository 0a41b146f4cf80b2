"""What a process that reads one source may say to whoever started it (see `producer.live_child`). Pure.

Guarantees that nothing is believed: it reads what strangers send, and what it says is of the form, and within the
bounds, that the rest of a producer builds on, or it means nothing.
What this file does not know: processes, memory, what becomes of it.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple, TypeAlias

from common import limits
from common.rows import Ending

LINE_MAX_BYTES: Final = 1 << 16
"""Of what is said in one line."""

SLOTS_MAX: Final = 16
"""Of a ring, at most."""

_INTEGER_BITS: Final = 62
"""No integer is larger: the sum of two fits into 64 bits."""


class NonsenseError(Exception):
    """What was said means nothing."""


class Opened(NamedTuple):
    """It is open; see `common.rows.StreamHeader`.

    Attributes:
        timed: whether timestamps mean anything.
    """

    width: int
    height: int
    time_base: tuple[int, int]
    rate: tuple[int, int]
    expected: int
    live: bool
    timed: bool


class Ring(NamedTuple):
    """Where its memory is from now on; see `common.shm.ShmOffer`.

    Attributes:
        first: the number of its first slot.
    """

    first: int
    pid: int
    fd: int
    size: int
    slots: int
    slot_bytes: int


class Handed(NamedTuple):
    """A frame.

    Attributes:
        slot: where its pixels are; -1 where they follow.
    """

    slot: int
    pts: int
    width: int
    height: int
    decode_us: int

    @property
    def nbytes(self) -> int:
        """Of its pixels: I420, both sides made even."""
        return (self.width + self.width % 2) * (self.height + self.height % 2) * 3 // 2


class Skipped(NamedTuple):
    """It passes frames that nobody wants."""


class Ended(NamedTuple):
    """It has read everything; see `common.rows.Ending`."""

    ending: str
    reason: str


class Broken(NamedTuple):
    """It gives no more, or could not begin.

    Attributes:
        reason: for people.
        remedy: the same; empty where it is not known what helps.
    """

    reason: str
    remedy: str = ""


Said: TypeAlias = Opened | Ring | Handed | Skipped | Ended | Broken


def understood(line: bytes) -> Said:
    """What a line of JSON says.

    Raises:
        NonsenseError: nothing that is known.
    """
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NonsenseError from error
    if not (isinstance(said, dict) and len(said) == 1):
        raise NonsenseError
    match next(iter(said.items())):
        case "opened", [int(width), int(height), [over, under], [frames, seconds], expected, bool(live), bool(timed)]:
            _require_size(width, height)
            _require(min(_natural(over), _natural(under), _natural(seconds)) > 0)
            return Opened(width, height, (over, under), (_natural(frames), seconds), _natural(expected), live, timed)
        case "ring", [first, pid, fd, size, slots, slot_bytes]:
            _require(0 < _natural(slots) <= SLOTS_MAX)
            return Ring(*map(_natural, (first, pid, fd, size, slots, slot_bytes)))
        case "frame", [slot, pts, width, height, decode_us]:
            _require_size(width, height)
            _require(slot == -1 or _natural(slot) >= 0)
            return Handed(int(slot), _integer(pts), width, height, _natural(decode_us))
        case "skipped", []:
            return Skipped()
        case "ended", [str(ending), str(reason)] if ending in set(Ending):
            return Ended(ending, reason)
        case "broken", [str(reason), str(remedy)]:
            return Broken(reason, remedy)
        case _:
            raise NonsenseError


def _require(condition: bool) -> None:  # noqa: FBT001 - a condition is what this takes
    if not condition:
        raise NonsenseError


def _integer(value: object) -> int:
    if type(value) is not int or value.bit_length() > _INTEGER_BITS:
        raise NonsenseError
    return value


def _natural(value: object) -> int:
    number = _integer(value)
    _require(number >= 0)
    return number


def _require_size(width: object, height: object) -> None:
    _require(min(_integer(width), _integer(height)) > 0)
    _require(max(_integer(width), _integer(height)) <= limits.SIDE_MAX_PIXELS)
