"""A comparison from its start to its end: what is run in which order, and what is made of it.

Guarantees that no figure leaves here before the detections of all runs were found equal, and that no process is left,
whatever happens. What this file does not know: what is refused, how a mode goes through frames, how it is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from common.exits import Exit
from common.machine import machine_facts, versions
from vinofleet.compare.agreement import Agreement, agreement, detections
from vinofleet.compare.modes import CEILING, Mode
from vinofleet.compare.one import Task
from vinofleet.compare.plan import CompareOptions, Plan, plan_of
from vinofleet.compare.result import Result, as_json, as_text
from vinofleet.measure.figures import Run, last_measured
from vinofleet.measure.files import write_json
from vinofleet.measure.fleet import fleet_command
from vinofleet.measure.outcome import DifferenceError, interrupted_by_all, ran, rows_of, run_of
from vinofleet.measure.progress import progress_shown
from vinofleet.measure.room import room
from vinofleet.measure.turns import turn


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
    with interrupted_by_all():
        plan = plan_of(options)
        with room() as folder:
            runs, agreements = _measured(plan, options.repeats, folder)
        result = Result(
            source=plan.subject.source,
            model=plan.subject.job.model,
            device=options.passed["device"],
            draw=plan.draw,
            precision=options.passed["precision"],
            threshold=options.passed["threshold"],
            skipped=plan.subject.skipped,
            frames=plan.subject.frames,
            modes=[*plan.modes, CEILING],
            runs=runs,
            agreements=agreements,
            machine=machine_facts(),
            versions=versions(),
        )
        click.echo(as_text(result))
        _write(result, options)
    return Exit.OK


def _measured(plan: Plan, repeats: int, folder: Path) -> tuple[dict[str, list[Run]], dict[str, Agreement]]:
    """All runs, in turns; and how what they found compares with what the first of them found."""
    modes = [*plan.modes, CEILING]
    runs: dict[str, list[Run]] = {mode.name: [] for mode in modes}
    agreements: dict[str, Agreement] = {}
    reference: tuple[Mode, list[list[Any]]] | None = None
    with progress_shown("compare", len(modes) * repeats) as progress:
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
    seen = agreement(expected, found, plan.subject.passed["threshold"])
    if seen.problem:
        where = f"frame {seen.frame} of {mode.name}" if seen.frame is not None else mode.name
        raise DifferenceError(
            f"{where} differs from {first.name}: {seen.problem}", "no figure means anything before that is understood"
        )
    return seen


def _ran(plan: Plan, mode: Mode, folder: Path) -> _Outcome:
    """Run a mode once."""
    frames = plan.subject.frames
    with ran(mode.name, partial(_command, plan, mode), folder, last_measured(frames)) as run:
        done, noted = run.measured, run.noted
        if mode.kind == "ceiling":
            fps, cpu_ms, engine = noted["fps"], noted["cpu_ms"], noted["engine"]
            return _Outcome(Run(fps, cpu_ms, None, done.peak_mb, done.cpu_s, done.wall_s, engine=engine), [])
        found = [detections(row) for row in rows_of(mode.name, run.rows, frames)]
        return _Outcome(run_of(mode.name, run, frames), found)


def _command(plan: Plan, mode: Mode, rows: Path, notes: Path) -> list[str]:
    subject = plan.subject
    if mode.kind == "fleet":
        return fleet_command(subject, mode.workers, rows, notes, ["--output=null:"] if plan.draw else [])
    task = Task(
        kind=mode.kind,
        hint=mode.hint,
        source=subject.source,
        skipped=subject.skipped,
        frames=subject.frames,
        graph=str(subject.graph),
        job=subject.job.canonical.decode(),
        device=subject.passed["device"],
        draw=plan.draw,
        rows=str(rows),
        notes=str(notes),
    )
    return task.command()


def _write(result: Result, options: CompareOptions) -> None:
    if options.json is not None:
        write_json(options.json, as_json(result))
    if options.chart is not None:
        from vinofleet.compare.chart import draw  # noqa: PLC0415 - loads matplotlib

        draw(result, options.chart)
