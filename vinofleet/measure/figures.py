"""What was measured of one run, and what it comes to over the repeats. Pure.

What this file does not know: how it was measured, and how it is shown.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

ROLES: Final = ("producer", "worker", "collector")
"""In the order in which a frame meets them."""

MAIN: Final = "run"
"""What is none of them: `vinofleet run`, or whatever else was started."""

AHEAD_MAX: Final = 64
"""Frames that a fleet reads ahead at most (its default window): the last of them are not measured."""

AHEAD_SHARE: Final = 4
"""Of few frames only this part is left out."""


class Spread(NamedTuple):
    """A figure over the repeats."""

    median: float
    least: float
    most: float

    def asdict(self) -> dict[str, float]:
        """As a JSON object."""
        return {"median": self.median, "min": self.least, "max": self.most}


@dataclass(frozen=True, slots=True)
class Run:
    """One repeat.

    Attributes:
        fps: frames a second.
        cpu_ms: user and system time of all its processes, milliseconds a frame; None where the system does not tell.
        first_s: from its start to its first result; None where nothing comes of it.
        peak_mb: resident memory of its largest process.
        cpu_s: of all its processes from their start to their end.
        wall_s: of the whole.
        roles_ms: `cpu_ms` by role; what is none of them is the process that was started, `run`.
        stages_ms: what the parts of a frame's way took in it, as its own processes measured it.
        engine: what the device said of itself; empty of a fleet.
    """

    fps: float
    cpu_ms: float | None
    first_s: float | None
    peak_mb: float | None
    cpu_s: float | None
    wall_s: float
    roles_ms: Mapping[str, float] = field(default_factory=dict)
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    engine: Mapping[str, Any] = field(default_factory=dict)


def last_measured(frames: int) -> int:
    """At which of so many frames measuring ends; the first is where it begins."""
    return frames - min(AHEAD_MAX, frames // AHEAD_SHARE)


def spread(values: Iterable[float | None]) -> Spread | None:
    """The middle and both ends of what is there; None where nothing is."""
    there = [value for value in values if value is not None]
    return Spread(statistics.median(there), min(there), max(there)) if there else None


def stages(runs: Sequence[Run]) -> dict[str, float]:
    """The median of each stage, milliseconds."""
    return median_of([run.stages_ms for run in runs])


def median_of(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure by its name, in the order in which they were first told; one that is missing was 0."""
    names = dict.fromkeys(name for each in found for name in each)
    return {name: statistics.median(each.get(name, 0.0) for each in found) for name in names}
