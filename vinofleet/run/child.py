"""What a supervisor keeps in mind of one role. What this file does not know: what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from vinofleet.run.actions import Death

NEVER: Final = float("inf")

UNKNOWN: Final = Death(None, "nothing known")


class State(Enum):
    """Where a role is."""

    ABSENT = "absent"
    """Not started yet."""
    RUNNING = "running"
    WAITING = "waiting"
    """It ended, and is started again at `start_at`."""
    GONE = "gone"
    """Ended for good."""


@dataclass(slots=True)
class Child:
    """One role.

    Attributes:
        begun: whether a process of it has begun its work (listens); the next one continues it.
        deaths: since it last got on; the back-off grows with them.
        crashes: those of them that were its own doing.
        fruitless: deaths since the fleet last got on; too many of them end the run.
        halted: whether it waits for room on a disk.
        overdue: whether it had its time to end, and was killed for it.
        last: how its latest process ended.
    """

    name: str
    state: State = State.ABSENT
    begun: bool = False
    deaths: int = 0
    crashes: int = 0
    fruitless: int = 0
    halted: bool = False
    overdue: bool = False
    start_at: float = NEVER
    last: Death = UNKNOWN
