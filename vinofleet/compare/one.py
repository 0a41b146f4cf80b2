"""A process that goes through the frames once, in one mode: `python -m vinofleet.compare.one '{...}'`.

What this file does not know: what else is measured, and what its result is compared with.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from common.entry import run_command
from common.errors import InputError
from common.job import parse_job
from vinofleet.compare.modes import Hint, Kind
from vinofleet.measure.task import do_and_leave, task_command


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What such a process is to do; it travels as a JSON object.

    Attributes:
        kind: the mode; not a fleet.
        hint: what the device is tuned for.
        source: what to read.
        skipped: so many of its frames are left out at first.
        frames: how many there are after them at most.
        graph: the model's file.
        job: the job document's canonical text.
        device: an OpenVINO device.
        draw: whether it draws what it found.
        rows: the file for rows.
        notes: the file for what it measured itself.
    """

    kind: Kind
    hint: Hint
    source: str
    skipped: int
    frames: int
    graph: str
    job: str
    device: str
    draw: bool
    rows: str
    notes: str

    def command(self) -> list[str]:
        """The command line of the process."""
        return task_command("vinofleet.compare.one", self)


@click.command()
@click.argument("text")
def command(text: str) -> None:
    """Do a task."""
    task = Task(**json.loads(text))
    do_and_leave(lambda: _done(task), task.device, task.notes)


def _done(task: Task) -> dict[str, Any]:
    from vinofleet.compare import loops  # noqa: PLC0415 - loads OpenVINO and OpenCV
    from vinofleet.compare.detector import Detector  # noqa: PLC0415
    from vinofleet.compare.frames import bgr_frames  # noqa: PLC0415
    from vinofleet.compare.screen import Screen  # noqa: PLC0415
    from vinofleet.compare.stages import Stages  # noqa: PLC0415

    job = parse_job(task.job.encode())
    detector = Detector(job, Path(task.graph), task.device, task.hint)
    frames, stages = bgr_frames(task.source, task.skipped, task.frames), Stages()
    if task.kind == "ceiling":
        first = next(frames, None)
        if first is None:
            raise InputError(f"{task.source} has no frames", "give another source")
        requests, fps, cpu_ms = loops.ceiling(first, detector, task.frames)
        return {"engine": asdict(detector.info(requests)), "fps": fps, "cpu_ms": cpu_ms, "stages_ms": {}}
    with Path(task.rows).open("wb", buffering=0) as rows:
        screen = Screen(rows, job.output.labels, draws=task.draw)
        if task.kind == "sync":
            requests = loops.sync(frames, detector, screen, stages)
        elif task.kind == "async":
            requests = loops.swapped(frames, detector, screen, stages)
        else:
            requests = loops.queued(frames, detector, screen, stages, task.hint)
    return {"engine": asdict(detector.info(requests)), "stages_ms": stages.means_ms(screen.count)}


if __name__ == "__main__":
    run_command(command)
