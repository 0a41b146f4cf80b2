"""A comparison from its start to its end: what is run in which order, and what is made of it.

Guarantees that no figure leaves here before the detections of all runs were found equal, and that no process is left,
whatever happens. What this file does not know: what is refused, how a mode goes through frames, how it is measured.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from collector.paths import output_error
from common.errors import UsageError, VinofleetError
from common.exits import Exit
from common.leaving import handled
from common.machine import machine_facts, versions
from vinofleet.compare.agreement import Agreement, agreement, detections
from vinofleet.compare.figures import Run, last_measured
from vinofleet.compare.modes import CEILING, Mode, turn
from vinofleet.compare.one import Task
from vinofleet.compare.plan import CompareOptions, Plan, plan_of
from vinofleet.compare.progress import progress_shown
from vinofleet.compare.result import Result, as_json, as_text
from vinofleet.compare.room import room
from vinofleet.compare.ruler import Measured, measure
from vinofleet.run.children import ERROR
from vinofleet.run.options import as_arguments


class ModeError(VinofleetError):
    """A mode that failed, with its line and its code."""

    def __init__(self, code: Exit, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.exit_code = code


class DifferenceError(VinofleetError):
    """Two modes that do not find the same."""

    exit_code = Exit.CHECK_FAILED


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A run of a mode, and what it found in each frame; nothing of the ceiling."""

    run: Run
    found: list[list[Any]]


def run_compare(options: CompareOptions) -> Exit:
    """Compare, print, and write what was asked for.

    Raises:
        VinofleetError: something is refused, a mode failed (with its code), or two modes do not find the same.
    """
    with _interrupted_by_all():
        plan = plan_of(options)
        with room() as folder:
            runs, agreements = _measured(plan, options.repeats, folder)
        result = Result(
            source=plan.source,
            model=plan.job.model,
            device=options.passed["device"],
            precision=options.passed["precision"],
            threshold=options.passed["threshold"],
            skipped=plan.skipped,
            frames=plan.frames,
            modes=[*plan.modes, CEILING],
            runs=runs,
            agreements=agreements,
            machine=machine_facts(),
            versions=versions(),
        )
        click.echo(as_text(result))
        _write(result, options)
    return Exit.OK


@contextmanager
def _interrupted_by_all() -> Iterator[None]:
    """Within this SIGTERM and SIGHUP do what Ctrl-C does; one that is ignored stays so."""
    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    with handled(dict.fromkeys(heard, signal.default_int_handler)):
        yield


def _measured(plan: Plan, repeats: int, folder: Path) -> tuple[dict[str, list[Run]], dict[str, Agreement]]:
    """All runs, in turns; and how what they found compares with what the first of them found."""
    modes = [*plan.modes, CEILING]
    runs: dict[str, list[Run]] = {mode.name: [] for mode in modes}
    agreements: dict[str, Agreement] = {}
    reference: tuple[Mode, list[list[Any]]] | None = None
    with progress_shown(len(modes) * repeats) as progress:
        for repeat in range(repeats):
            for mode in turn(modes, repeat):
                progress.begin(mode.name, repeat)
                outcome = _ran(plan, mode, folder)
                progress.end()
                runs[mode.name].append(outcome.run)
                if not mode.has_rows:
                    continue
                reference = reference or (mode, outcome.found)
                seen = _compared(plan, reference, mode, outcome.found)
                agreements[mode.name] = max(agreements.get(mode.name, seen), seen, key=lambda each: each.alone)
    return runs, agreements


def _compared(plan: Plan, reference: tuple[Mode, list[list[Any]]], mode: Mode, found: list[list[Any]]) -> Agreement:
    first, expected = reference
    seen = agreement(expected, found, plan.passed["threshold"])
    if seen.problem:
        where = f"frame {seen.frame} of {mode.name}" if seen.frame is not None else mode.name
        raise DifferenceError(
            f"{where} differs from {first.name}: {seen.problem}", "no figure means anything before that is understood"
        )
    return seen


def _ran(plan: Plan, mode: Mode, folder: Path) -> _Outcome:
    """Run a mode once, in a folder that is empty again afterwards."""
    place = Path(tempfile.mkdtemp(dir=folder))
    rows, notes = place / "rows.jsonl", place / "notes.json"
    command = _fleet(plan, mode, rows, notes) if mode.kind == "fleet" else _task(plan, mode, rows, notes).command()
    try:
        done = measure(command, place, rows, last_measured(plan.frames))
    except OSError as error:
        raise ModeError(Exit.INTERNAL, f"{mode.name} cannot be started ({error.strerror})", "free memory") from error
    if done.code != 0:
        raise _failure(mode, done)
    noted = json.loads(notes.read_text(encoding="utf-8"))
    outcome = _outcome(plan, mode, done, noted, rows)
    shutil.rmtree(place)
    return outcome


def _outcome(plan: Plan, mode: Mode, done: Measured, noted: Mapping[str, Any], rows: Path) -> _Outcome:
    if mode.kind == "ceiling":
        run = Run(noted["fps"], noted["cpu_ms"], None, done.peak_mb, done.cpu_s, done.wall_s, engine=noted["engine"])
        return _Outcome(run, [])
    found = _found(plan, mode, rows)
    if len(done.marks) < 2 or done.marks[0].rows == done.marks[1].rows:  # noqa: PLR2004 - the first and the last
        raise UsageError(f"{mode.name} had done {plan.frames} frames too soon to be measured", "give more --frames")
    first, last = done.marks
    count, span_s = last.rows - first.rows, last.at_s - first.at_s
    used_s = None if first.cpu_s is None or last.cpu_s is None else last.cpu_s - first.cpu_s
    run = Run(
        fps=count / span_s,
        cpu_ms=None if used_s is None else 1000 * used_s / count,
        first_s=first.at_s,
        peak_mb=done.peak_mb,
        cpu_s=done.cpu_s,
        wall_s=done.wall_s,
        stages_ms=_stages(noted["stages_ms"]),
        engine=noted.get("engine", {}),
    )
    return _Outcome(run, found)


def _stages(noted: Mapping[str, Any]) -> dict[str, float]:
    """Milliseconds of each stage: a mean of one process's own, the median of a fleet's report."""
    means = {name: each["p50"] if isinstance(each, dict) else each for name, each in noted.items() if each is not None}
    return {name: value for name, value in means.items() if value is not None}


def _found(plan: Plan, mode: Mode, path: Path) -> list[list[Any]]:
    """The detections of each frame; every frame has to be there and ok."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for number, row in enumerate(rows):
        if row["frame"] != number or row["status"] != "ok":
            raise DifferenceError(f"frame {number} of {mode.name} is {row['status']}", "see why with `vinofleet run`")
    if len(rows) != plan.frames:
        what = f"{mode.name} ended after {len(rows)} of {plan.frames} frames"
        raise DifferenceError(what, "give a file that is whole, or fewer --frames")
    return [detections(row) for row in rows]


def _task(plan: Plan, mode: Mode, rows: Path, notes: Path) -> Task:
    return Task(
        kind=mode.kind,
        hint=mode.hint,
        source=plan.source,
        skipped=plan.skipped,
        frames=plan.frames,
        graph=str(plan.graph),
        job=plan.job.canonical.decode(),
        device=plan.passed["device"],
        rows=str(rows),
        notes=str(notes),
    )


def _fleet(plan: Plan, mode: Mode, rows: Path, report: Path) -> list[str]:
    """`vinofleet run`, which draws every frame, as a person would start it."""
    given = {name: value for name, value in plan.passed.items() if value is not None} | {"model": str(plan.graph)}
    spec = plan.job.output
    # The model has a path here, by which what is known of a name would be lost.
    given |= {"label_base": spec.label_base, "color": plan.job.input.color}
    given |= {"labels": ",".join(spec.labels)} if spec.labels else {}
    words = [*as_arguments("producer", given), *as_arguments("worker", given)]
    words += [f"--skip-first-frames={plan.skipped}"] if plan.skipped else []
    words += [f"--frames={plan.frames}"] if plan.limited else []
    words += [f"--workers={mode.workers}", f"--json={rows}", "--output=null:", f"--report={report}"]
    return [sys.executable, "-P", "-m", "vinofleet", "run", *words, "--", plan.source]


def _failure(mode: Mode, done: Measured) -> ModeError:
    """What a mode died of, in its own words."""
    lines = [line for line in done.words.splitlines() if line.strip()]
    said = [line.removeprefix(ERROR) for line in lines if line.startswith(ERROR)]
    reason = (said or lines or [f"exit code {done.code}"])[-1]
    known = {code.value for code in Exit}
    return ModeError(Exit(done.code) if done.code in known else Exit.INTERNAL, f"{mode.name}: {reason}")


def _write(result: Result, options: CompareOptions) -> None:
    if options.json is not None:
        try:
            options.json.write_text(json.dumps(as_json(result), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise output_error("written", options.json, error, passing=False) from error
    if options.chart is not None:
        from vinofleet.compare.chart import draw  # noqa: PLC0415 - loads matplotlib

        draw(result, options.chart)
