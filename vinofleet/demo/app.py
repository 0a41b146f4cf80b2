"""The demo: one run with everything on, a picture of it, and what to do next.

Guarantees that a picture is there only if the run is complete, and is of that run. What this file does not know: how a
fleet is run.
"""

from __future__ import annotations

import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import click

from common.errors import OutputError, VinofleetError
from common.exits import Exit
from common.street import Scene
from common.truth import StreetTruth
from vinofleet.demo.picture import best, save_frame
from vinofleet.run.app import RunOptions, run_fleet

MODEL: Final = "vinofleet-person"
LARGER: Final = "person-detection-0202"
PEOPLE: Final = 6
WIDTH, HEIGHT = 1280, 720
RATE: Final = Fraction(25)

VIDEO, PICTURE, ROWS = "demo.mp4", "demo.png", "demo.jsonl"
PAGE, REPORT = "demo-report.html", "demo-report.json"
"""The files, which are told from whatever else lies in the folder by their names alone."""

NEXT: Final = f"""\
Next, with a video of your own:
  vinofleet run YOUR-CLIP.mp4 --model {MODEL} --output out.mp4
With a larger model, fetched once (`vinofleet models list` shows which there are):
  vinofleet run YOUR-CLIP.mp4 --model {LARGER} --output out.mp4
With a second machine, which reaches this one at ADDRESS: here, and there
  vinofleet run YOUR-CLIP.mp4 --model {LARGER} --output out.mp4 --bind tcp://ADDRESS:5555 --insecure
  vinofleet worker --connect tcp://ADDRESS:5555"""


class NothingFoundError(VinofleetError):
    """A complete run that found nobody: whatever the cause, this installation detects nothing."""


def run_demo(folder: Path, *, frames: int, workers: int, seed: int) -> Exit:
    """Run a fleet on a synthetic street; leave a video, a picture, rows and reports of it in a folder.

    Args:
        folder: where to; made if it is not there.
        frames: how many.
        workers: how many.
        seed: which street.

    Returns:
        The run's code; there is a picture only if it is `OK`.

    Raises:
        VinofleetError: the folder cannot be used, the run failed (with its code), or it found nobody.
    """
    _prepare(folder)
    scene = Scene(PEOPLE, WIDTH, HEIGHT, RATE, seed)
    code = run_fleet(
        RunOptions(source=(f"{scene.address}&frames={frames}",), workers=workers, bind=None, passed=_passed(folder))
    )
    if code is Exit.OK:
        _conclude(folder, scene)
    return code


def _prepare(folder: Path) -> None:
    """Make the folder, and take away the picture of an earlier demo: nothing else would, if this one fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PICTURE).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be used ({error.strerror})", "name another folder") from error


def _passed(folder: Path) -> dict[str, Any]:
    """What the roles are asked for, by the options' names."""
    return {
        "model": MODEL,
        "json": folder / ROWS,
        "output": (str(folder / VIDEO),),
        "report": (folder / REPORT, folder / PAGE),
        "score": True,
        "force": True,
    }


def _conclude(folder: Path, scene: Scene) -> None:
    """Make the picture, and say what there is to see and to do."""
    with (folder / ROWS).open("rb") as rows:
        number, (people, found, _), _ = best(rows, StreetTruth(scene))
    if not found:
        what = f"nobody was found in any frame of {folder / VIDEO}"
        raise NothingFoundError(what, "say so in an issue, with `vinofleet --version`")
    save_frame(folder / VIDEO, number, folder / PICTURE)
    video, picture, page = (shlex.quote(str(folder / name)) for name in (VIDEO, PICTURE, PAGE))
    click.echo(
        f"\nSee {video}\n    {picture}, which is its frame {number}: {found} of {people} people found\n    {page}"
    )
    click.echo(f"\n{NEXT}")
