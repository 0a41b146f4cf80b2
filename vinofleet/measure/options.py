"""Options of every command that measures: those that it takes from the roles, and those of its own kind.

What this file does not know: what is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from common import completing
from vinofleet.run.options import role_option

STREET: Final = "synthetic://street"
MODEL: Final = "vinofleet-person"

PASSED: Final = ("labels", "label_base", "threshold", "precision", "color", "device")
"""Options of roles, in the order that help shows them; a fleet is given them as they were given here."""

DEVICE: Final = ("hint", "streams", "nireq", "threads", "pin")
"""What a device is told besides."""


def with_subject(*more: str) -> Callable[[click.Command], click.Command]:
    """Give a command the source as its argument, the model, and the options of roles that belong to it.

    Args:
        more: other options of roles.
    """

    def give(command: click.Command) -> click.Command:
        source = click.Argument(["source"], default=STREET, shell_complete=completing.files)
        text = role_option("model").help
        model = click.Option(["--model"], default=MODEL, show_default=True, shell_complete=completing.models, help=text)
        command.params[0:0] = [source, model, *(role_option(name) for name in (*PASSED, *more))]
        return command

    return give


def frames_options(least: int, repeats: int) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """How many frames, of which part of the source, how often.

    Args:
        least: fewer frames than this are no measurement.
        repeats: by default.
    """
    return _all(
        click.option("--frames", type=click.IntRange(least), default=300, show_default=True, help="At most."),
        click.option(
            "--skip-first-frames", type=click.IntRange(0), default=0, help="Leave out so many frames at first."
        ),
        click.option(
            "--repeats", type=click.IntRange(1), default=repeats, show_default=True, help="Of each, in turns."
        ),
    )


def output_options(chart: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Where figures are written besides the terminal.

    Args:
        chart: what is drawn.
    """
    path = click.Path(dir_okay=False, path_type=Path)
    return _all(
        click.option("--json", type=path, help="Write all figures to this file."),
        click.option("--chart", type=path, help=f"Draw {chart}, a .png."),
        click.option("--force", is_flag=True, help="Replace these files if they are there."),
    )


def _all(
    *options: Callable[[Callable[..., object]], Callable[..., object]],
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    def give(command: Callable[..., object]) -> Callable[..., object]:
        for option in reversed(options):
            command = option(command)
        return command

    return give
