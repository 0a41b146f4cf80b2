"""What is measured: a source, a model, a device. Whatever cannot be is refused here, before anything is measured.

Guarantees that no output is replaced unasked, that the source has frames and gives the same ones again, and that model
and device are there. What this file does not know: what is done with them, and how it is measured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from vinofleet.models.progress import fetch_shown
from worker.device_choice import check_device

SYNTHETIC: Final = "synthetic://"
_FRAMES: Final = re.compile(r"(?<=[?&])frames=([0-9]{1,10})(?=&|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectOptions:
    """What a person asks to be measured.

    Attributes:
        command: the subcommand that asks, for what it says while it fetches a model.
        source: a file's path, or a synthetic address.
        frames: at most so many.
        skip_first_frames: so many are left out at first.
        passed: options of roles, by name, with their defaults.
    """

    command: str
    source: str
    frames: int
    skip_first_frames: int
    passed: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """The options of a command that measures a subject again and again; `passed` are those of roles, by name."""

    source: str
    frames: int
    skip_first_frames: int
    repeats: int
    json: Path | None
    chart: Path | None
    force: bool
    passed: Mapping[str, Any]

    def subject(self, command: str) -> Subject:
        """Refuse what cannot be measured, or written, and say what is measured.

        Args:
            command: the subcommand that these are options of.

        Raises:
            VinofleetError: something is refused.
        """
        for path in (self.json, self.chart):
            check_output(path, self.source, force=self.force)
        check_chart(self.chart)
        return subject_of(
            SubjectOptions(
                command=command,
                source=self.source,
                frames=self.frames,
                skip_first_frames=self.skip_first_frames,
                passed=self.passed,
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is measured.

    Attributes:
        source: what everything that is measured is given.
        skipped: so many of its frames are left out at first.
        frames: so many after them are gone through.
        limited: whether it has more.
        job: what is to be found, how.
        graph: the model's file.
        passed: options of roles, by name.
    """

    source: str
    skipped: int
    frames: int
    limited: bool
    job: JobDocument
    graph: Path
    passed: Mapping[str, Any]


def subject_of(options: SubjectOptions) -> Subject:
    """Refuse what cannot be measured, and say what is.

    Raises:
        VinofleetError: something is refused.
    """
    passed = options.passed
    if is_scripted(passed["model"]):
        raise UsageError("scripted:// infers nothing", "measure a real model, such as vinofleet-person")
    check_device(passed["device"])
    model = _model(options.command, passed["model"])
    asked = Asked(labels=read_labels(passed["labels"]), label_base=passed["label_base"], color=passed["color"])
    wish = Wish(threshold=passed["threshold"], asked=asked, precision=passed["precision"], pixels=None)
    job, _ = build_job(str(model.path), model.entry, wish)
    source, frames, limited = _source(options.source, options.skip_first_frames, options.frames)
    return Subject(
        source=source,
        skipped=options.skip_first_frames,
        frames=frames,
        limited=limited,
        job=job,
        graph=model.path.resolve(),
        passed=passed,
    )


def check_output(path: Path | None, source: str, *, force: bool) -> None:
    """Refuse a file that cannot be written, or is not to be.

    Raises:
        OutputError: it is there, or its folder is not.
        UsageError: it is the source.
    """
    if path is None:
        return
    if path.exists() and not force:
        raise OutputError(f"{path} exists", "name another file, or say --force")
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent} is no folder", "make it, or name another one")
    if Path(source).exists() and path.exists() and path.samefile(source):
        raise UsageError(f"{path} is to be read, and would be replaced", "name another file as output")


def check_chart(path: Path | None) -> None:
    """Refuse a chart that would be no PNG.

    Raises:
        UsageError: its name says so.
    """
    if path is not None and path.suffix.lower() != ".png":
        raise UsageError(f"{path} is no PNG", "name a chart FILE.png")


def _model(command: str, text: str) -> Resolved:
    with fetch_shown(command) as tell:
        return obtain(text, tell)


def _source(asked: str, skipped: int, most: int) -> tuple[str, int, bool]:
    """The source that everything is given, how many frames of it are gone through, and whether it has more."""
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
