"""The command `vinofleet demo`: its options, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from common.interrupt import raise_again

if TYPE_CHECKING:
    from common.exits import Exit

SEED_MAX: Final = 9999
"""Streets of larger seeds are those that the embedded model was trained on."""

EPILOG: Final = """\b
Files, all in FOLDER; those of an earlier demo are replaced, others stay:
  demo.mp4          every frame, with what was found
  demo.png          the frame with the most people found
  demo.jsonl        what was found, an object a frame
  demo-report.html  rate, latency and score; also as .json

\b
Ctrl-C ends it as it ends `vinofleet run`.
"""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", default="vinofleet-demo", type=click.Path(file_okay=False, path_type=Path))
@click.option("--frames", type=click.IntRange(1), default=600, show_default=True, help="Length; 25 are a second.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Worker processes.")
@click.option(
    "--seed",
    type=click.IntRange(0, SEED_MAX),
    default=2,
    show_default=True,
    help="Another street; the model was trained on none of these.",
)
def command(folder: Path, frames: int, workers: int, seed: int) -> Exit:
    """Find people in a synthetic street; needs no clip, no model.

    A fleet draws the street, finds the people in it with the embedded model, and compares what it found with what it
    drew. A video and a picture of that go into FOLDER [default: vinofleet-demo].
    """
    from vinofleet.demo.app import run_demo  # noqa: PLC0415 - --help needs none of it

    raise_again()  # everything is imported
    return run_demo(folder, frames=frames, workers=workers, seed=seed)
