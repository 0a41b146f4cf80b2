"""Which files a `vinofleet run` writes: read from its command line by its own parser.

What this file does not know: what is in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

import click

from common.errors import UsageError
from vinofleet.chaos.checks import Outputs
from vinofleet.run.cli import command


def outputs_of(words: Sequence[str], folder: Path) -> Outputs:
    """The outputs that a command line asks for; pictures and pages are not among them.

    Args:
        words: the command line after `run`.
        folder: where it is, or was, given.

    Raises:
        UsageError: `run` does not understand it.
    """
    try:
        with chdir(folder):
            given = command.make_context("run", [word for word in words if word != "--debug"]).params
    except click.exceptions.Exit:
        raise UsageError("that asks for help and starts no fleet", "give `run` a source") from None
    except click.ClickException as error:
        raise UsageError(f"`run` does not understand that ({error.format_message()})", "see `run --help`") from error
    rows = [given["json"]] if given["json"] else []
    return Outputs(
        rows=_in(folder, rows),
        videos=_in(folder, [path for path in given["output"] if path.lower().endswith(".mp4")]),
        reports=_in(folder, [path for path in given["report"] if Path(path).suffix == ".json"]),
    )


def _in(folder: Path, names: Sequence[str | Path]) -> tuple[Path, ...]:
    return tuple(folder / name for name in names)
