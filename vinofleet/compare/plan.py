"""What is compared: a subject, and the ways to go through its frames.

What this file does not know: how a mode goes through frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vinofleet.compare.modes import Mode, modes_of
from vinofleet.measure.subject import MeasureOptions, Subject
from vinofleet.run.cores import usable_cores


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions(MeasureOptions):
    """The options of `vinofleet compare`."""

    workers: int | None
    modes: tuple[str, ...]
    draw: bool


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
    modes = modes_of(options.modes, options.workers or len(usable_cores()))
    return Plan(options.subject("compare"), modes, options.draw)
