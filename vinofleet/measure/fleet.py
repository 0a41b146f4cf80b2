"""The command line of a fleet over a subject, as a person would type it.

What this file does not know: what is made of its rows and its report.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from vinofleet.measure.subject import Subject
from vinofleet.run.options import as_arguments


def fleet_command(subject: Subject, workers: int, rows: Path, report: Path, more: Sequence[str] = ()) -> list[str]:
    """`vinofleet run` over the subject's frames.

    Args:
        subject: what it goes through, with which model.
        workers: how many.
        rows: its `--json`.
        report: its `--report`.
        more: other options.
    """
    given = {name: value for name, value in subject.passed.items() if value is not None} | {"model": str(subject.graph)}
    spec = subject.job.output
    # The model has a path here, by which what is known of a name would be lost.
    given |= {"label_base": spec.label_base, "color": subject.job.input.color}
    given |= {"labels": ",".join(spec.labels)} if spec.labels else {}
    words = [*as_arguments("producer", given), *as_arguments("worker", given)]
    words += [f"--skip-first-frames={subject.skipped}"] if subject.skipped else []
    words += [f"--frames={subject.frames}"] if subject.limited else []
    words += [f"--workers={workers}", *more]
    return run_command(words, rows, report, subject.source)


def run_command(words: Sequence[str], rows: Path, report: Path, source: str) -> list[str]:
    """`vinofleet run` with these options, over a source."""
    command = [sys.executable, "-P", "-m", "vinofleet", "run", *words, f"--json={rows}", f"--report={report}"]
    return [*command, "--", source]
