"""The demo: one run with everything on, a picture of it, and what to do next.

Guarantees that a picture is there only if the run is complete, and is of that run. What this file does not know: how a
fleet is run.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

import click

from common.errors import OutputError, VinofleetError
from common.exits import Exit
from vinofleet.demo.picture import fullest, save_frame
from vinofleet.run.app import RunOptions, run_fleet

MODEL: Final = "vinofleet-person"
LARGER: Final = "person-detection-0202"
PEOPLE: Final = 6
SIZE: Final = "1280x720"

NEXT: Final = f"""\
Next, with a video of your own:
  vinofleet run YOUR-CLIP.mp4 --model {MODEL} --output out.mp4
With a larger model, fetched once (`vinofleet models list` shows which there are):
  vinofleet run YOUR-CLIP.mp4 --model {LARGER} --output out.mp4
With a second machine, which reaches this one at ADDRESS: add --bind tcp://ADDRESS:5555 --insecure, and start there
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
    video, rows, picture = (folder / f"demo.{kind}" for kind in ("mp4", "jsonl", "png"))
    _prepare(folder, picture)
    source = f"synthetic://street?people={PEOPLE}&frames={frames}&size={SIZE}&fps=25&seed={seed}"
    passed = {
        "model": MODEL,
        "json": rows,
        "output": (str(video),),
        "report": (folder / "demo-report.json", page := folder / "demo-report.html"),
        "score": True,
        "force": True,
    }
    code = run_fleet(RunOptions(source=(source,), workers=workers, bind=None, passed=passed))
    if code is not Exit.OK:
        return code
    with rows.open("rb") as lines:
        number, people = fullest(lines)
    if not people:
        raise NothingFoundError(
            f"nobody was found in the {frames} frames of {video}", "say so in an issue, with `vinofleet --version`"
        )
    save_frame(video, number, picture)
    click.echo(f"\nSee {_word(video)}, {_word(picture)} (frame {number}, {people} found) and {_word(page)}.\n\n{NEXT}")
    return code


def _prepare(folder: Path, picture: Path) -> None:
    """Make the folder, and take away the picture of an earlier demo: nothing else would, if this one fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        picture.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be used ({error.strerror})", "name another folder") from error


def _word(path: Path) -> str:
    return shlex.quote(str(path))
