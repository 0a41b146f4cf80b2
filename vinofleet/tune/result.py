"""What `vinofleet tune` has to say: a table of what was tried, and a verdict; as an object for programs. Pure.

What this file does not know: how it was found out.
"""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from vinofleet.status.table import COLUMNS, table
from vinofleet.tune.figures import Figures
from vinofleet.tune.search import Search
from vinofleet.tune.setting import DEFAULTS, Setting

if TYPE_CHECKING:
    from common.params import Goal

SCHEMA: Final = "vinofleet-tune/1"
NONE: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A search that is over.

    Attributes:
        goal: what was wanted.
        subject: model, device and source, for people.
        search: what it came to.
        figures: of each setting, in the order of its trials.
        seconds: that it took.
        interrupted: whether it was told to end before its time.
        machine, versions: what a figure must be read with.
    """

    goal: Goal
    subject: str
    search: Search[Setting]
    figures: Mapping[Setting, Sequence[Figures]]
    seconds: float
    interrupted: bool
    machine: Mapping[str, Any]
    versions: Mapping[str, str | None]

    @property
    def best(self) -> Setting:
        """What is written."""
        return self.search.best()


def as_text(result: Result) -> str:
    """What was tried, the best first, and what is best; 80 columns."""
    head = ["setting", "runs", "FPS", "CPU ms/frame", *(["p50 ms"] if result.goal == "latency" else []), "x defaults"]
    lines = [*table(head, [_row(result, setting) for setting in result.search.ranked()], 0), ""]
    for setting, reason in result.search.failed.items():
        lines += _wrapped(f"{setting} cannot be: {reason}")
    lines += _wrapped(verdict(result))
    return "\n".join(lines)


def verdict(result: Result) -> str:
    """What is best, and how sure that is."""
    best, search = result.best, result.search
    runs = sum(map(len, result.figures.values()))
    tried = f"{len(result.figures)} settings in {runs} runs, {result.seconds:.0f} s"
    gains = [(setting, gain) for setting in search.ranked() if (gain := search.gain(setting)) and setting != DEFAULTS]
    if not gains:
        how = "interrupted" if result.interrupted else "too little time to be sure: give more --seconds"
        return f"best so far: {best} ({tried}; {how})"
    if best == DEFAULTS:
        setting, gain = max(gains, key=lambda each: each[1].ratio)
        return f"the defaults are best, as far as {tried} tell: {setting} is {gain} of them, and 1 lies between"
    return f"best: {best}, {search.gain(best)} of the defaults, with 95 % confidence ({tried})"


def as_json(result: Result) -> dict[str, Any]:
    """As `vinofleet schema tune` says."""
    search = result.search
    return {
        "schema": SCHEMA,
        "goal": result.goal,
        "subject": result.subject,
        "seconds": round(result.seconds, 1),
        "interrupted": result.interrupted,
        "best": result.best.given(),
        "verdict": verdict(result),
        "tried": [
            {
                "setting": setting.given(),
                "gain": gain._asdict() if (gain := search.gain(setting)) and setting != DEFAULTS else None,
                "runs": [asdict(run) for run in runs],
            }
            for setting, runs in result.figures.items()
        ],
        "failed": [{"setting": setting.given(), "reason": reason} for setting, reason in search.failed.items()],
        "machine": dict(result.machine),
        "versions": dict(result.versions),
    }


def _row(result: Result, setting: Setting) -> list[str | int]:
    runs = result.figures[setting]
    latency = [_mean([run.latency_ms for run in runs])] if result.goal == "latency" else []
    gain = result.search.gain(setting)
    ratio = (
        NONE if gain is None or setting == DEFAULTS else str(gain).partition(" x")[0] + _bounds(gain.least, gain.most)
    )
    return [
        str(setting),
        len(runs),
        _mean([run.fps for run in runs]),
        _mean([run.cpu_ms for run in runs]),
        *latency,
        ratio,
    ]


def _bounds(least: float, most: float) -> str:
    return f" ({least:.2f}-{most:.2f})"


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.fmean(known):.1f}" if known else NONE


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, COLUMNS, subsequent_indent="    ")
