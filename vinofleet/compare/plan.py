"""What is compared: a subject, and the ways to go through its frames.

What this file does not know: how a mode goes through frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vinofleet.compare.modes import Mode, modes_of
from vinofleet.measure.subject import Subject, SubjectOptions, check_chart, check_output, subject_of
from vinofleet.run.cores import usable_cores


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """The options of `vinofleet compare`; `passed` are those of roles, by name, with their defaults."""

    source: str
    frames: int
    skip_first_frames: int
    repeats: int
    workers: int | None
    modes: tuple[str, ...]
    draw: bool
    json: Path | None
    chart: Path | None
    force: bool
    passed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared.

    Attributes:
        subject: what every mode is given.
        modes: the ways to go through its frames, without the ceiling.
        draw: whether each of them draws what it found.
    """

    subject: Subject
    modes: Sequence[Mode]
    draw: bool


def plan_of(options: CompareOptions) -> Plan:
    """Refuse what cannot be done, and say what is.

    Raises:
        VinofleetError: something is refused.
    """
    for path in (options.json, options.chart):
        check_output(path, options.source, force=options.force)
    check_chart(options.chart)
    asked = SubjectOptions(
        command="compare",
        source=options.source,
        frames=options.frames,
        skip_first_frames=options.skip_first_frames,
        passed=options.passed,
    )
    modes = modes_of(options.modes, options.workers or len(usable_cores()))
    return Plan(subject_of(asked), modes, options.draw)
