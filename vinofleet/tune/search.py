"""What is tried next, coarse to fine: many settings shortly, the better half again, then what is near the best. Pure.

In the end the best two take turns with the defaults, as often as there is time for: only what is compared in turns is
compared with the same moods of the machine. What this file does not know: what a setting is, how good it is found out.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Hashable, Sequence
from enum import StrEnum
from typing import Final, Generic, Literal, TypeVar

from vinofleet.tune.evidence import Interval, interval

S = TypeVar("S", bound=Hashable)

Better = Literal["more", "less"]


class Phase(StrEnum):
    """How far a search is."""

    COARSE = "coarse"
    AGAIN = "the better half again"
    FINE = "near the best"
    FINAL = "in turns with the defaults"


UNTIL: Final = {Phase.COARSE: 0.35, Phase.AGAIN: 0.45, Phase.FINE: 0.6, Phase.FINAL: 1.0}
"""The share of the time by which a phase ends at the latest."""

FINALISTS: Final = 2
"""Of them as many as there is time for `ROUNDS` with."""

ROUNDS: Final = 3
"""Of less of them, next to nothing can be said."""


class Search(Generic[S]):
    """A search.

    Args:
        coarse: what is tried first; the first of them is what the others are compared with.
        near: what is worth trying when this is good.
        better: whether more or less is better.

    Attributes:
        phase: how far it is.
        values: what was measured of each setting, in the order in which they were tried first.
        failed: settings that cannot be, with the reason.
    """

    def __init__(self, coarse: Sequence[S], near: Callable[[S], Sequence[S]], better: Better) -> None:
        self.phase = Phase.COARSE
        self.values: Final[dict[S, list[float]]] = {}
        self.failed: Final[dict[S, str]] = {}
        self._reference: Final = coarse[0]
        self._near: Final = near
        self._better: Final = better
        self._queue: list[S] = list(coarse)
        self._finalists: list[S] = []
        self._rounds: list[dict[S, float]] = []

    def __repr__(self) -> str:
        return f"Search({self.phase}, {len(self.values)} tried, {len(self._rounds)} rounds)"

    def next(self, spent: float) -> S:
        """What is tried now.

        Args:
            spent: the share of the time that is over, 0 to 1.
        """
        while self.phase is not Phase.FINAL and (not self._queue or spent >= UNTIL[self.phase]):
            self._go_on(spent)
        if not self._queue:
            self._begin_round()
        return self._queue.pop(0)

    def tell(self, setting: S, value: float) -> None:
        """Take what was measured, more than 0."""
        self.values.setdefault(setting, []).append(value)
        if self.phase is Phase.FINAL:
            self._rounds[-1][setting] = value

    def fails(self, setting: S, reason: str) -> None:
        """Note that a setting cannot be; it is not tried again."""
        self.failed[setting] = reason
        self._finalists = [each for each in self._finalists if each != setting]

    def ranked(self) -> list[S]:
        """What was measured, the best first."""
        known = [setting for setting in self.values if setting not in self.failed]
        return sorted(known, key=self._mean, reverse=self._better == "more")

    def gain(self, setting: S) -> Interval | None:
        """By how much a finalist is better than the reference, which is 1; None without two whole rounds of both."""
        ours = [
            (each[setting], each[self._reference]) for each in self._rounds if {setting, self._reference} <= each.keys()
        ]
        return interval([mine / its if self._better == "more" else its / mine for mine, its in ours])

    def best(self) -> S:
        """The best one: where rounds say nothing else, whatever was; else the reference, unless another surely is.

        Raises:
            ValueError: nothing was measured.
        """
        ranked = self.ranked()
        if not ranked:
            raise ValueError("nothing was measured")
        gains = {setting: gain for setting in ranked if setting != self._reference and (gain := self.gain(setting))}
        if not gains:
            return ranked[0]
        first = max(gains, key=lambda setting: gains[setting].ratio)
        return first if gains[first].is_above_one else self._reference

    def check(self) -> None:
        """Assert the invariants."""
        assert not set(self.failed) & set(self._finalists), self
        assert all(value > 0 for values in self.values.values() for value in values), self

    def _mean(self, setting: S) -> float:
        return statistics.fmean(self.values[setting])

    def _go_on(self, spent: float) -> None:
        ranked = self.ranked()
        if self.phase is Phase.COARSE:
            self.phase, self._queue = Phase.AGAIN, ranked[: (len(ranked) + 1) // 2]
        elif self.phase is Phase.AGAIN:
            tried = self.values.keys() | self.failed.keys()
            self.phase, self._queue = (
                Phase.FINE,
                [each for each in self._near(ranked[0]) if each not in tried] if ranked else [],
            )
        else:
            others = [each for each in ranked if each != self._reference]
            self.phase, self._queue, self._finalists = Phase.FINAL, [], others[: self._room(spent)]

    def _room(self, spent: float) -> int:
        """How many finalists there is time for, going by how long it took so far; one in any case."""
        done = len(self.failed) + sum(map(len, self.values.values()))
        left = done * (1 - spent) / spent if spent else float("inf")
        return max(1, int(min(FINALISTS, left / ROUNDS - 1)))

    def _begin_round(self) -> None:
        """Let reference and finalists take turns, each time another one first."""
        order = [self._reference, *self._finalists]
        first = len(self._rounds) % len(order)
        self._queue = [*order[first:], *order[:first]]
        self._rounds.append({})
