"""Did the promise hold? Judges what a run left: rows, report, video, and rows of an undisturbed run.

Each check gives a verdict with words for a person; none raises for what it finds. Usable from tests:

    rows, checks = checks_of(Outputs(rows=(path,)))
    assert all(check.holds for check in checks), checks

What this file does not know: what was done to the fleet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from common.errors import OutputError
from common.rows import Status
from vinofleet.chaos.rows import Key, Rows, read_rows
from vinofleet.chaos.stalls import Stalls
from vinofleet.chaos.video import VideoError, count_frames

SHOWN: Final = 5
"""Frames that are named where some differ; the others are counted."""

_PLACEHOLDER: Final = "{stream}"


class Check(NamedTuple):
    """A verdict.

    Attributes:
        name: what was checked.
        holds: whether it is as it should be.
        text: what was found.
    """

    name: str
    holds: bool
    text: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files of a run, as templates: `{stream}` in a name stands for each stream.

    Attributes:
        rows: JSON lines.
        videos: MP4 files, each with a picture for each row (of its stream).
        reports: JSON reports.
    """

    rows: tuple[Path, ...] = ()
    videos: tuple[Path, ...] = ()
    reports: tuple[Path, ...] = ()

    def __add__(self, other: Outputs) -> Outputs:
        """These and others."""
        return Outputs(self.rows + other.rows, self.videos + other.videos, self.reports + other.reports)


def files(templates: Iterable[Path]) -> list[Path]:
    """The files that are there, in the order of their names where a template stands for several."""
    found: list[Path] = []
    for template in templates:
        if _PLACEHOLDER in template.name:
            before, _, after = template.name.partition(_PLACEHOLDER)
            there = template.parent.iterdir() if template.parent.is_dir() else ()
            found += sorted(path for path in there if _stream(path, before, after))
        elif template.exists():
            found.append(template)
    return found


def checks_of(outputs: Outputs, reference: Path | None = None) -> tuple[Rows, list[Check]]:
    """Read what a run left and judge it.

    Args:
        outputs: of the run that was harmed.
        reference: rows of an undisturbed run with the same source and model; may be a template.

    Raises:
        OutputError: a file cannot be read.
    """
    rows = read_rows(files(outputs.rows))
    checks = [check_rows(rows)]
    checks += [check_report(_read_json(path), rows) for path in files(outputs.reports)]
    if reference is not None:
        checks.append(check_reference(rows, read_rows(files([reference]))))
    checks += [check for template in outputs.videos for check in check_videos(template, rows)]
    return rows, checks


def sent_again(outputs: Outputs) -> int | None:
    """Frames that the reports count as sent again; None where there is no report.

    Raises:
        OutputError: a file cannot be read.
    """
    found = [_read_json(path) for path in files(outputs.reports)]
    counts = [each["redispatched"] for each in found if isinstance(each, dict) and "redispatched" in each]
    return sum(counts) if counts else None


def check_rows(rows: Rows) -> Check:
    """Each stream's frames from 0, each once, in order; each line whole."""
    if not rows.total and not rows.problem:
        return Check("rows", holds=False, text="there is none")
    streams = f" of {len(rows.frames)} streams" if len(rows.frames) > 1 else ""
    return Check("rows", not rows.problem, rows.problem or f"{rows.total}{streams}, each frame once, in order")


def check_report(report: Any, rows: Rows) -> Check:  # noqa: ANN401 - JSON
    """The report counts what the rows hold, and its sum is right."""
    try:
        counted = {name: int(report["frames"][name]) for name in ("captured", *Status)}
    except (KeyError, TypeError, ValueError):
        return Check("report", holds=False, text="it has no counts of frames")
    written = {"captured": rows.total} | {str(status): rows.statuses[status] for status in Status}
    equation = f"captured {counted['captured']} = " + " + ".join(f"{name} {counted[name]}" for name in Status)
    if counted["captured"] != sum(counted[name] for name in Status):
        return Check("report", holds=False, text=f"{equation} does not add up")
    differing = [
        f"{name} {counted[name]}, but {written[name]} rows" for name in counted if counted[name] != written[name]
    ]
    return Check("report", not differing, "; ".join(differing) or equation)


def check_reference(rows: Rows, reference: Rows) -> Check:
    """Every row is, byte by byte, that of the undisturbed run, and none is missing or too many."""
    keys = sorted(rows.digests.keys() | reference.digests.keys())
    other = [key for key in keys if rows.digests.get(key) != reference.digests.get(key)]
    if not other:
        return Check("reference", holds=True, text=f"{len(keys)} rows are byte-identical")
    return Check("reference", holds=False, text=f"{len(other)} of {len(keys)} rows differ: {_named(other)}")


def check_videos(template: Path, rows: Rows) -> list[Check]:
    """Each video opens, decodes to its end, has as many pictures as rows, and times that only grow."""
    name = template.name
    if _PLACEHOLDER not in name:
        return [_check_video(template, rows.total)]
    return [
        _check_video(template.with_name(name.replace(_PLACEHOLDER, each)), rows.frames[each]) for each in rows.frames
    ]


def check_stall(stalls: Stalls, longest_s: float) -> Check:
    """Outputs never stood still for longer."""
    found_s = stalls.longest_s or 0.0
    return Check("stall", found_s <= longest_s, f"{found_s * 1e3:.0f} ms, allowed are {longest_s * 1e3:.0f} ms")


def _check_video(path: Path, pictures: int) -> Check:
    try:
        found = count_frames(path)
    except VideoError as error:
        return Check(f"video {path.name}", holds=False, text=str(error))
    text = f"{found} pictures, times only grow" if found == pictures else f"{found} pictures, but {pictures} rows"
    return Check(f"video {path.name}", found == pictures, text)


def _stream(path: Path, before: str, after: str) -> bool:
    name = path.name
    return len(name) > len(before) + len(after) and name.startswith(before) and name.endswith(after)


def _named(keys: Sequence[Key]) -> str:
    shown = ", ".join(f"{stream} {frame}" for stream, frame in keys[:SHOWN])
    return shown + (f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else "")


def _read_json(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise OutputError(f"{path} cannot be read ({error.strerror})", "name the file that the run wrote") from error
    except ValueError:
        return None
