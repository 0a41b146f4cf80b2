"""What a person sees while models are fetched: a bar on a terminal, lines in a log; both on stderr.

What this file does not know: how anything is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from common.actions import Notice
from common.console import plain_text, write_line
from common.zoo.steps import Began, Fetched, Reached, Step, as_text
from vinofleet.run.screen import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def fetch_shown(who: str) -> Iterator[Callable[[Step], None]]:
    """Give what shows the steps of fetches, as suits stderr.

    Args:
        who: the command that fetches.
    """
    if not is_terminal():
        yield lambda step: _print(who, step)
        return
    bar = _Bar(who)
    try:
        yield bar.show
    finally:
        bar.close()


def _print(who: str, step: Step) -> None:
    if text := as_text(step):
        with suppress(OSError, ValueError):  # whoever closed stderr does not want to know
            write_line(_line(who, text))


def _line(who: str, text: str) -> str:
    return f"vinofleet {who}: {plain_text(Notice('info', text))}"


class _Bar:
    """One bar a model, below the lines."""

    def __init__(self, who: str) -> None:
        self._who: Final = who
        self._bars: Final[Progress] = _rich_bars()
        self._task: TaskID | None = None
        self._bars.start()

    def show(self, step: Step) -> None:
        """Move the bar, or print a line above it."""
        match step:
            case Began(label, nbytes):
                self._task = self._bars.add_task(label, total=nbytes)
            case Reached(nbytes) if self._task is not None:
                self._bars.update(self._task, completed=nbytes)
            case Fetched() if self._task is not None:
                self._task = None  # the full bar says it
            case _ if text := as_text(step):
                self._bars.console.print(_line(self._who, text), markup=False, highlight=False, soft_wrap=True)
            case _:
                pass  # bytes of a model that nobody has announced

    def close(self) -> None:
        """Show nothing more; the bars stay as they are."""
        self._bars.stop()


def _rich_bars() -> Progress:
    from rich.console import Console  # noqa: PLC0415 - a log needs none of it
    from rich.progress import (  # noqa: PLC0415 - as above
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))
