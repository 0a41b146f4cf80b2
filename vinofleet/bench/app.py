"""A measurement from its start to its end: what is run in which order, and what is made of it.

Guarantees that every frame of every fleet was ok before a figure leaves here, and that no process is left, whatever
happens. What this file does not know: how a part is measured, what its figures mean.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import click

from common.exits import Exit
from common.machine import machine_facts, versions
from vinofleet.bench.one import Task
from vinofleet.bench.parts import CHECK, FLAT_OUT, FLEET, PACED, PARTS, Part
from vinofleet.bench.result import Result, as_json, as_text
from vinofleet.measure.figures import Run, last_measured
from vinofleet.measure.files import write_json
from vinofleet.measure.fleet import fleet_command, run_command
from vinofleet.measure.neighbours import Neighbours
from vinofleet.measure.options import DEVICE
from vinofleet.measure.outcome import RunError, interrupted_by_all, ran, rows_of, run_of
from vinofleet.measure.progress import progress_shown
from vinofleet.measure.room import room
from vinofleet.measure.subject import MeasureOptions, Subject
from vinofleet.measure.turns import turn

FLAT_OUT_FRAMES: Final = 20
"""Times as many frames go through a fleet that does nothing with them: otherwise it would be over too soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions(MeasureOptions):
    """The options of `vinofleet bench`."""

    workers: int


@dataclass(slots=True)
class _Session:
    """What has been measured so far.

    Attributes:
        subject: what is measured.
        workers: of the fleet.
        folder: where runs have theirs.
        runs: of each part, by kind.
        detections: of a frame, in the fleets so far, on average.
        unchecked: why benchmark_app gave no figure; empty where it did.
    """

    subject: Subject
    workers: int
    folder: Path
    runs: dict[str, list[Run]] = field(default_factory=lambda: {part.kind: [] for part in PARTS})
    detections: float = 0.0
    unchecked: str = ""

    def measure(self, part: Part) -> None:
        """Measure a part once.

        Raises:
            VinofleetError: it failed, or a frame of it.
        """
        if part is CHECK:
            self._check()
        elif part in {FLEET, FLAT_OUT, PACED}:
            self._run_fleet(part)
        else:
            self.runs[part.kind].append(self._alone(part))

    def _check(self) -> None:
        """A figure of another program is worth having; without it, the others stand."""
        try:
            self.runs[CHECK.kind].append(self._alone(CHECK))
        except RunError as error:
            self.unchecked = str(error)

    def _alone(self, part: Part) -> Run:
        with ran(part.name, partial(self._task, part), self.folder, last=1) as run:
            done, noted = run.measured, run.noted
            figures = noted["fps"], noted["cpu_ms"], None, done.peak_mb, done.cpu_s, done.wall_s
            return Run(*figures, engine=noted["engine"])

    def _task(self, part: Part, _rows: Path, notes: Path) -> Sequence[str]:
        subject = self.subject
        assert part.kind in {"inference", "check", "decode", "prepare"}
        task = Task(
            kind=part.kind,
            source=subject.source,
            skipped=subject.skipped,
            frames=subject.frames,
            graph=str(subject.graph),
            job=subject.job.canonical.decode(),
            device={name: subject.passed[name] for name in ("device", *DEVICE)},
            notes=str(notes),
        )
        return task.command()

    def _run_fleet(self, part: Part) -> None:
        frames = self.subject.frames * (FLAT_OUT_FRAMES if part is FLAT_OUT else 1)
        command = self._fleet if part is FLEET else partial(self._transport, frames, self._script(part))
        with ran(part.name, command, self.folder, last_measured(frames)) as run:
            rows = rows_of(part.name, run.rows, frames)
            self.runs[part.kind].append(run_of(part.name, run, frames))
        if part is FLEET:
            self.detections = statistics.fmean(len(row["detections"]) for row in rows)

    def _fleet(self, rows: Path, report: Path) -> Sequence[str]:
        return fleet_command(self.subject, self.workers, rows, report)

    def _script(self, part: Part) -> str:
        """What stands for the model: as many detections, and where it is paced, the time that a fleet's rate leaves."""
        script = f"detections={round(self.detections)}"
        if part is PACED:
            requests = max(1, int(self.runs["inference"][0].engine["requests"]))
            rate = statistics.median(run.fps for run in self.runs[FLEET.kind])
            script += f"&requests={requests}&service_ms={1000 * requests * self.workers / rate:.3f}"
        return script

    def _transport(self, frames: int, script: str, rows: Path, report: Path) -> Sequence[str]:
        spec = self.subject.job.input
        source = f"synthetic://counter?frames={frames}&size={spec.width}x{spec.height}"
        model = f"scripted://?width={spec.width}&height={spec.height}&{script}"
        words = [f"--model={model}", f"--workers={self.workers}", f"--goal={self.subject.passed['goal']}"]
        return run_command(words, rows, report, source)


def run_bench(options: BenchOptions) -> Exit:
    """Measure, print, and write what was asked for.

    Raises:
        VinofleetError: something is refused, or failed (with its code).
    """
    with interrupted_by_all():
        subject = options.subject("bench")
        with room() as folder:
            session = _Session(subject, options.workers, folder)
            watching = Neighbours()
            _measure(session, options.repeats)
            others_cores = watching.cores()
        result = _result(session, others_cores)
        click.echo(as_text(result))
        _write(result, options)
    return Exit.OK


def _measure(session: _Session, repeats: int) -> None:
    with progress_shown("bench", len(PARTS) * repeats) as progress:
        for repeat in range(repeats):
            for part in turn(PARTS, repeat):
                progress.begin(part.name, repeat)
                session.measure(part)
                progress.end()


def _result(session: _Session, others_cores: float | None) -> Result:
    subject = session.subject
    return Result(
        source=subject.source,
        model=subject.job.model,
        passed={name: subject.passed[name] for name in ("device", "precision", "goal", *DEVICE)},
        frames=subject.frames,
        skipped=subject.skipped,
        workers=session.workers,
        input_size=(subject.job.input.width, subject.job.input.height),
        detections=session.detections,
        runs=session.runs,
        unchecked=session.unchecked,
        others_cores=others_cores,
        machine=machine_facts(),
        versions=versions(),
    )


def _write(result: Result, options: BenchOptions) -> None:
    if options.json is not None:
        write_json(options.json, as_json(result))
    if options.chart is not None:
        from vinofleet.bench.chart import draw  # noqa: PLC0415 - loads matplotlib

        draw(result, options.chart)
