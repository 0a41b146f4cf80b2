"""A process that does one thing of a fleet alone: `python -m vinofleet.bench.one '{...}'`.

What this file does not know: what else is measured, and what its result is compared with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from common.entry import run_command
from common.job import parse_job
from vinofleet.measure.task import do_and_leave, task_command


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What such a process is to do; it travels as a JSON object.

    Attributes:
        kind: what of it.
        source: what to read.
        skipped: so many of its frames are left out at first.
        frames: how many there are after them at most.
        graph: the model's file.
        job: the job document's canonical text.
        device: options of the engine, by name.
        notes: the file for what was measured.
    """

    kind: Literal["inference", "check", "decode", "prepare"]
    source: str
    skipped: int
    frames: int
    graph: str
    job: str
    device: dict[str, Any]
    notes: str

    def command(self) -> list[str]:
        """The command line of the process."""
        return task_command("vinofleet.bench.one", self)


@click.command()
@click.argument("text")
def command(text: str) -> None:
    """Do a task."""
    task = Task(**json.loads(text))
    do_and_leave(lambda: _done(task), task.device["device"], task.notes)


def _done(task: Task) -> dict[str, Any]:
    job = parse_job(task.job.encode())
    if task.kind == "check":
        from vinofleet.bench import cross_check  # noqa: PLC0415 - loads OpenVINO's benchmark_app

        return cross_check.measured(Path(task.graph), job.precision, task.device, Path(task.notes).parent)
    from vinofleet.bench import alone  # noqa: PLC0415 - loads libav and cv2

    if task.kind == "inference":
        from vinofleet.bench.inference import inferred  # noqa: PLC0415 - loads OpenVINO

        pixels = alone.first_pixels(task.source, task.skipped, job.input)
        return inferred(job, Path(task.graph), task.device, pixels, task.frames)
    spec = job.input if task.kind == "prepare" else None
    return alone.decoded(task.source, task.skipped, task.frames, spec)


if __name__ == "__main__":
    run_command(command)
