"""What is compared: everything that cannot be is refused here, before anything is measured.

Guarantees that no output is replaced unasked, that the source has frames and gives the same ones again, and that model
and device are there. What this file does not know: how a mode goes through frames.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.errors import InputError, OutputError, UsageError
from common.job import JobDocument
from common.job_builder import Wish, build_job, is_scripted
from common.model_choices import Asked
from common.zoo.names import Resolved, obtain
from producer.options import read_labels
from producer.sources import open_source
from vinofleet.compare.modes import Mode, modes_of
from vinofleet.models.progress import fetch_shown
from vinofleet.run.cores import usable_cores
from worker.device_choice import check_device

SYNTHETIC: Final = "synthetic://"
_FRAMES: Final = re.compile(r"(?<=[?&])frames=([0-9]{1,10})(?=&|$)")

PASSED: Final = ("model", "labels", "label_base", "threshold", "precision", "color", "device")
"""Options of roles that a comparison has too; a fleet is given them as they were given here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """The options of `vinofleet compare`; `passed` are those of roles, by name, with their defaults."""

    source: str
    frames: int
    skip_first_frames: int
    repeats: int
    workers: int | None
    modes: tuple[str, ...]
    json: Path | None
    chart: Path | None
    force: bool
    passed: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is compared.

    Attributes:
        source: what every mode is given.
        skipped: so many of its frames are left out at first.
        frames: so many after them are compared.
        limited: whether it has more.
        modes: the ways to go through them, without the ceiling.
        job: what is to be found, how.
        graph: the model's file.
        passed: options of roles, by name.
    """

    source: str
    skipped: int
    frames: int
    limited: bool
    modes: Sequence[Mode]
    job: JobDocument
    graph: Path
    passed: Mapping[str, Any]


def plan_of(options: CompareOptions) -> Plan:
    """Refuse what cannot be done, and say what is.

    Raises:
        VinofleetError: something is refused.
    """
    for path in (options.json, options.chart):
        _check_output(path, options)
    if options.chart is not None and options.chart.suffix.lower() != ".png":
        raise UsageError(f"{options.chart} is no PNG", "name a chart FILE.png")
    if is_scripted(options.passed["model"]):
        raise UsageError("scripted:// infers nothing", "compare a real model, such as vinofleet-person")
    check_device(options.passed["device"])
    workers = options.workers or len(usable_cores())
    model = _model(options.passed["model"])
    wish = Wish(
        threshold=options.passed["threshold"],
        asked=Asked(
            labels=read_labels(options.passed["labels"]),
            label_base=options.passed["label_base"],
            color=options.passed["color"],
        ),
        precision=options.passed["precision"],
        pixels=None,
    )
    job, _ = build_job(str(model.path), model.entry, wish)
    source, frames, limited = _source(options.source, options.skip_first_frames, options.frames)
    return Plan(
        source=source,
        skipped=options.skip_first_frames,
        frames=frames,
        limited=limited,
        modes=modes_of(options.modes, workers),
        job=job,
        graph=model.path.resolve(),
        passed=options.passed,
    )


def _check_output(path: Path | None, options: CompareOptions) -> None:
    if path is None:
        return
    if path.exists() and not options.force:
        raise OutputError(f"{path} exists", "name another file, or say --force")
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent} is no folder", "make it, or name another one")
    if Path(options.source).exists() and path.exists() and path.samefile(options.source):
        raise UsageError(f"{path} is to be read, and would be replaced", "name another file as output")


def _model(text: str) -> Resolved:
    with fetch_shown("compare") as tell:
        return obtain(text, tell)


def _source(asked: str, skipped: int, most: int) -> tuple[str, int, bool]:
    """The source that every mode is given, how many frames of it are compared, and whether it has more."""
    if asked.startswith(SYNTHETIC):
        source = _as_long(asked, skipped + most)
    elif Path(asked).exists():
        source = str(Path(asked).resolve())
    else:
        what = "is no source that gives the same frames again" if "://" in asked else "is not there"
        raise InputError(f"{asked} {what}", "give the path of a video file, or synthetic://")
    with closing(open_source(source, "frames")) as opened:
        wanted = range(skipped + most + 1)
        known = opened.header.expected or sum(1 for _, _ in zip(wanted, opened.frames(), strict=False))
    if known <= skipped:
        raise InputError(f"{asked} has {known or 'no'} frames", "skip fewer" if known else "give another source")
    return source, min(known - skipped, most), known > skipped + most


def _as_long(address: str, most: int) -> str:
    """A synthetic source with as many frames as are asked for, unless it has fewer."""
    if _FRAMES.search(address) is None:
        return f"{address}{'&' if '?' in address else '?'}frames={most}"
    return _FRAMES.sub(lambda found: f"frames={min(int(found[1]), most)}", address)
