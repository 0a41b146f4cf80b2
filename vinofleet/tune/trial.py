"""One setting, tried: a fleet that is measured for a while, and ended.

What this file does not know: which settings are tried, and what is made of the figures.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from common.exits import Exit
from common.limits import WINDOW_DEFAULT_FRAMES
from common.params import Goal
from vinofleet.measure.fleet import fleet_command
from vinofleet.measure.outcome import RunError
from vinofleet.measure.sampler import Sample, Stretch, sample
from vinofleet.measure.subject import Subject
from vinofleet.run.children import ERROR
from vinofleet.run.options import role_option, words_of
from vinofleet.tune.figures import Figures
from vinofleet.tune.setting import Setting

PATIENCE_S: Final = 60.0
"""How long a fleet may take to its first row: a device that compiles for minutes is tuned elsewhere."""

WARM_S: Final = 1.0
"""What was decoded while the model was compiled is gone by then, or nearly."""


def tried(subject: Subject, goal: Goal, setting: Setting, seconds: float, folder: Path) -> Figures:
    """Try a setting.

    Args:
        subject: on what.
        goal: for what.
        setting: the options.
        seconds: how long it is measured, besides what starting takes.
        folder: where its outputs are, until it is over.

    Raises:
        RunError: it cannot be run, or gives no results.
    """
    in_order = goal == "latency"
    stretch = Stretch(PATIENCE_S, setting.window or WINDOW_DEFAULT_FRAMES, 0.0 if in_order else WARM_S, seconds)
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        rows, report = Path(place) / "rows.jsonl", Path(place) / "report.json"
        words = [*option_words(setting.given()), f"--goal={goal}", "--loop"]
        command = fleet_command(subject, setting.workers or 1, rows, report, words)
        try:
            seen = sample(command, Path(place), rows, stretch, in_order=in_order)
        except OSError as error:
            raise RunError(Exit.INTERNAL, f"no fleet can be started ({error.strerror})", "free memory") from error
        if seen.rate is None:
            raise RunError(_code(seen), _why(seen))
        return Figures(seen.rate, seen.cpu_ms, _latency_ms(report) if in_order else None)


def option_words(given: Mapping[str, Any]) -> list[str]:
    """Options of roles as words of a command line; how many workers there are is none of them."""
    return [word for name, value in given.items() if name != "workers" for word in words_of(role_option(name), value)]


def _latency_ms(report: Path) -> float:
    try:
        found = json.loads(report.read_text(encoding="utf-8"))["latency_ms"]["p50"]
    except FileNotFoundError:
        found = None
    if found is None:
        raise RunError(Exit.TIMEOUT, "it did not end in time to say its latency")
    return float(found)


def _code(seen: Sample) -> Exit:
    known = {code.value for code in Exit}
    return Exit(seen.code) if seen.code in known and seen.code else Exit.TIMEOUT


def _why(seen: Sample) -> str:
    """What a fleet said before it ended too early, or that it gave nothing."""
    said = [line.removeprefix(ERROR) for line in seen.words.splitlines() if line.startswith(ERROR)]
    if said:
        return said[-1]
    return "it gave no results in time" if seen.code is None else "the source was over too soon to be measured"
