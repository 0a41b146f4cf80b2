"""What a person sees while things are measured in turns: a bar on a terminal, lines in a log; both on stderr.

No figure is shown: none means anything before all of them are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol

from common.console import write_line
from vinofleet.run.screen import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """Is told which run is under way."""

    def begin(self, name: str, repeat: int) -> None:
        """Something begins, in the repeat of this number from 0."""

    def end(self) -> None:
        """It has ended."""


class _Log:
    """A line a run."""

    def __init__(self, command: str, total: int) -> None:
        self._command: Final = command
        self._total: Final = total
        self._number = 0

    def begin(self, name: str, repeat: int) -> None:
        """See `Progress`."""
        self._number += 1
        with suppress(OSError, ValueError):  # whoever closed stderr does not want to know
            write_line(f"vinofleet {self._command}: {self._number} of {self._total}: {name}, repeat {repeat + 1}")

    def end(self) -> None:
        """See `Progress`."""


class _Bar:
    """A bar for all of them."""

    def __init__(self, bars: RichProgress, total: int) -> None:
        self._bars: Final = bars
        self._task: Final = bars.add_task("", total=total)

    def begin(self, name: str, repeat: int) -> None:
        """See `Progress`."""
        self._bars.update(self._task, description=f"{name}, repeat {repeat + 1}")

    def end(self) -> None:
        """See `Progress`."""
        self._bars.advance(self._task)


@contextmanager
def progress_shown(command: str, total: int) -> Iterator[Progress]:
    """Give what shows progress, as suits stderr.

    Args:
        command: which subcommand measures.
        total: how many runs there will be.
    """
    if not is_terminal():
        yield _Log(command, total)
        return
    from rich.console import Console  # noqa: PLC0415 - a log needs none of it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # A rare redraw: what it costs is taken from what is measured.
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=1) as bars:
        yield _Bar(bars, total)
