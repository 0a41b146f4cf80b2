"""One run: started in a folder of its own, measured, and what became of it: figures, rows, or last words.

What this file does not know: what was run, and what is made of several runs.
"""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import UsageError, VinofleetError
from common.exits import Exit
from common.leaving import handled
from vinofleet.measure.figures import Run
from vinofleet.measure.ruler import Measured, measure
from vinofleet.run.children import ERROR


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that went well.

    Attributes:
        measured: what was seen of it.
        noted: what it wrote itself: a fleet's report, or a task's notes.
        rows: its rows, until the folder is gone.
    """

    measured: Measured
    noted: Mapping[str, Any]
    rows: Path


class RunError(VinofleetError):
    """A run that failed, with its line and its code."""

    def __init__(self, code: Exit, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.exit_code = code


class DifferenceError(VinofleetError):
    """A run that does not find what it should: no figure means anything before that is understood."""

    exit_code = Exit.CHECK_FAILED


@contextmanager
def interrupted_by_all() -> Iterator[None]:
    """Within this SIGTERM and SIGHUP do what Ctrl-C does; one that is ignored stays so."""
    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    with handled(dict.fromkeys(heard, signal.default_int_handler)):
        yield


@contextmanager
def ran(name: str, command: Callable[[Path, Path], Sequence[str]], folder: Path, last: int) -> Iterator[Ran]:
    """Run something to its end, in a folder that is gone after this.

    Args:
        name: what is run, for messages.
        command: gives its command line to the files for its rows and its notes.
        folder: where that folder is made.
        last: at how many rows measuring ends.

    Raises:
        RunError: it cannot be started, or failed.
    """
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        rows, notes = Path(place) / "rows.jsonl", Path(place) / "notes.json"
        try:
            done = measure(command(rows, notes), Path(place), rows, last)
        except OSError as error:
            raise RunError(Exit.INTERNAL, f"{name} cannot be started ({error.strerror})", "free memory") from error
        if done.code != 0:
            raise failure(name, done)
        yield Ran(done, json.loads(notes.read_text(encoding="utf-8")), rows)


def run_of(name: str, run: Ran, frames: int) -> Run:
    """The figures of a process, of the time between its marks.

    Args:
        name: what was run.
        run: how it went.
        frames: that it was given.

    Raises:
        UsageError: its marks are one.
    """
    done, noted = run.measured, run.noted
    if len(done.marks) < 2 or done.marks[0].rows == done.marks[1].rows:  # noqa: PLR2004 - the first and the last
        raise UsageError(f"{name} had done {frames} frames too soon to be measured", "give more --frames")
    first, last = done.marks
    count, span_s = last.rows - first.rows, last.at_s - first.at_s
    roles_ms: dict[str, float] = {}
    if first.used_s is not None and last.used_s is not None:
        roles_ms = {role: 1000 * (used - first.used_s.get(role, 0.0)) / count for role, used in last.used_s.items()}
    return Run(
        fps=count / span_s,
        cpu_ms=sum(roles_ms.values()) if roles_ms else None,
        first_s=first.at_s,
        peak_mb=done.peak_mb,
        cpu_s=done.cpu_s,
        wall_s=done.wall_s,
        roles_ms=roles_ms,
        stages_ms=_stages(noted["stages_ms"]),
        engine=noted.get("engine", {}),
    )


def _stages(noted: Mapping[str, Any]) -> dict[str, float]:
    """Milliseconds of each stage: a mean of one process's own, the median of a fleet's report."""
    means = {name: each["p50"] if isinstance(each, dict) else each for name, each in noted.items() if each is not None}
    return {name: value for name, value in means.items() if value is not None}


def rows_of(name: str, path: Path, frames: int) -> list[dict[str, Any]]:
    """The rows of a run; every frame has to be there and ok.

    Raises:
        DifferenceError: one is not.
    """
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for number, row in enumerate(rows):
        if row["frame"] != number or row["status"] != "ok":
            raise DifferenceError(f"frame {number} of {name} is {row['status']}", "see why with `vinofleet run`")
    if len(rows) != frames:
        raise DifferenceError(
            f"{name} ended after {len(rows)} of {frames} frames", "give a whole file, or fewer --frames"
        )
    return rows


def failure(name: str, done: Measured) -> RunError:
    """What a run died of, in its own words."""
    lines = [line for line in done.words.splitlines() if line.strip()]
    said = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
    reason = (said or lines or [f"exit code {done.code}"])[-1]
    known = {code.value for code in Exit}
    return RunError(Exit(done.code) if done.code in known else Exit.INTERNAL, f"{name}: {reason}")
