"""What is harmed when: a list of acts made from a seed, and the line of their beginnings and ends.

Guarantees that the same seed and arguments give the same acts; that one thing is under one act at a time; and that each
act which has begun and lasts is ended, by its time or when the rest is called off. What this file does not know: how
anything is harmed, the clock, and who lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from random import Random

PICKS: Final = 1 << 16
"""More than anybody has processes: the pick among them is fair enough."""

SPREAD: Final = 0.5
"""How far a gap or a length may be from its nominal value, as a share of it: what is periodic hides what is not."""

INFINITY: Final = float("inf")


class Fault(StrEnum):
    """A kind of harm, by the name that a user gives it."""

    KILL = "kill"
    FREEZE = "freeze"
    DRAIN = "drain"
    RESTART = "restart"
    FILL = "fill"
    DELAY = "delay"
    STALL = "stall"
    RESET = "reset"
    CUT = "cut"
    LOSE = "lose"
    DOWN = "down"


INSTANT: Final = frozenset({Fault.KILL, Fault.DRAIN, Fault.RESET})
"""What happens at once and cannot be undone; everything else lasts."""

OF_PROCESSES: Final = frozenset({Fault.KILL, Fault.FREEZE, Fault.DRAIN, Fault.RESTART})
"""What is done to a process that is picked then: others of its role may be under another act."""


@dataclass(frozen=True, slots=True)
class Act:
    """One harm.

    Attributes:
        number: from 0, in the order of time.
        at_s: when it begins, from the start of the schedule.
        lasts_s: how long until it is undone; 0 for what happens at once.
        fault: what is done.
        target: to whom: a role, the address of a proxy, a device, a folder.
        pick: chooses among the processes of a role, by its remainder.
    """

    number: int
    at_s: float
    lasts_s: float
    fault: Fault
    target: str
    pick: int

    @property
    def ends_s(self) -> float:
        """When it is undone."""
        return self.at_s + self.lasts_s


class Begin(NamedTuple):
    """An act's time has come."""

    act: Act


class End(NamedTuple):
    """An act that has begun is to be undone."""

    act: Act


Step: TypeAlias = Begin | End


def plan(
    chance: Random,
    *,
    faults: Sequence[Fault],
    targets: Mapping[Fault, Sequence[str]],
    every_s: float,
    for_s: float,
    lasting_s: float,
) -> list[Act]:
    """Make a schedule; everything is undone at `for_s`.

    Args:
        chance: decides.
        faults: what may happen; one that stands there twice comes twice as often.
        targets: to whom each may happen; at least one each.
        every_s: mean time from one act to the next, positive.
        for_s: when the schedule is over.
        lasting_s: mean length of an act that lasts.
    """
    acts: list[Act] = []
    free_at: dict[str, float] = {}
    at_s = _near(chance, every_s)
    while at_s < for_s:
        choices = [(fault, [each for each in targets[fault] if free_at.get(each, 0.0) <= at_s]) for fault in faults]
        choices = [(fault, free) for fault, free in choices if free]
        if choices:
            fault, free = choices[chance.randrange(len(choices))]
            target = free[chance.randrange(len(free))]
            lasts_s = 0.0 if fault in INSTANT else min(_near(chance, lasting_s), for_s - at_s)
            act = Act(len(acts), at_s, lasts_s, fault, target, chance.randrange(PICKS))
            acts.append(act)
            if fault not in OF_PROCESSES:
                free_at[target] = act.ends_s
        at_s += _near(chance, every_s)
    return acts


def _near(chance: Random, nominal: float) -> float:
    return nominal * chance.uniform(1 - SPREAD, 1 + SPREAD)


class Timeline:
    """The steps of a schedule in the order of time.

    Args:
        acts: in the order of time.
    """

    def __init__(self, acts: Sequence[Act]) -> None:
        self._coming: Final = list(reversed(acts))
        self._begun: dict[int, Act] = {}
        self._number = -1

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return not self._coming and not self._begun

    def deadline(self) -> float:
        """When the next step is due, in seconds from the start of the schedule; infinity after the last."""
        begin = self._coming[-1].at_s if self._coming else INFINITY
        return min([begin, *(act.ends_s for act in self._begun.values())])

    def due(self, now_s: float) -> list[Step]:
        """The steps whose time has come, in their order; at the same time, what ends goes first."""
        steps: list[Step] = []
        while (at_s := self.deadline()) <= now_s:
            ending = [act for act in self._begun.values() if act.ends_s <= at_s]
            if ending:
                steps.append(End(self._begun.pop(ending[0].number)))
                continue
            act = self._coming.pop()
            if act.lasts_s > 0:
                self._begun[act.number] = act
            steps.append(Begin(act))
            self._number = act.number
        return steps

    def call_off(self) -> list[End]:
        """Begin nothing more; what has begun is to be undone now, the latest first."""
        self._coming.clear()
        ends = [End(act) for act in reversed(self._begun.values())]
        self._begun.clear()
        return ends

    def check(self) -> None:
        """Assert that nothing is both to come and begun, and that times only grow."""
        assert all(earlier.at_s >= later.at_s for earlier, later in zip(self._coming, self._coming[1:], strict=False))
        assert all(act.number > self._number for act in self._coming)
        assert all(act.number <= self._number and act.lasts_s > 0 for act in self._begun.values())
