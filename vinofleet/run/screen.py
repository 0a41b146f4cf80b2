"""What `vinofleet run` shows while it runs: bars on a terminal, lines in a log; both on stderr.

Guarantees that whoever shows something never waits, as `common.console` does: a thread writes, and a terminal that was
halted holds up nobody but itself. What this file does not know: what the run is about.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Final, Protocol

from common.actions import Notice
from common.console import PARTING_S, WAITING_MAX, plain_text, write_line
from common.sayings import Pace, StreamProgress, as_notice

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

ALL: Final = "all streams"
BARS_MAX: Final = 8
"""More streams than this share one bar."""
REDRAW_S: Final = 0.2
"""How often bars are drawn anew, whatever came meanwhile: also time that passes is shown."""


class Screen(Protocol):
    """Shows things, in a thread of its own.

    Attributes:
        redraw_s: how often it wants to be brought up to date where nothing happens; None if it does not.
    """

    redraw_s: float | None

    def notice(self, who: str, notice: Notice) -> None:
        """Show a line."""

    def progress(self, progress: StreamProgress) -> None:
        """Show how far a stream is."""

    def redraw(self) -> None:
        """Bring what is seen up to date."""

    def close(self) -> None:
        """Show nothing more."""


class Log:
    """Lines, for a file or a pipe."""

    redraw_s: float | None = None

    def __init__(self) -> None:
        self._pace = Pace()

    def notice(self, who: str, notice: Notice) -> None:
        """See `Screen`."""
        write_line(_line(who, notice))

    def progress(self, progress: StreamProgress) -> None:
        """See `Screen`; every few seconds."""
        notice = as_notice(progress)
        if notice is not None and self._pace.admits(progress, time.monotonic()):
            self.notice("run", notice)

    def redraw(self) -> None:
        """See `Screen`; a log does not."""

    def close(self) -> None:
        """See `Screen`."""


class Bars:
    """A bar for each stream, below the lines, for a terminal."""

    redraw_s: float | None = REDRAW_S

    def __init__(self) -> None:
        self._streams: dict[str, StreamProgress] = {}
        self._tasks: dict[str, TaskID] = {}
        self._bars: Progress = _rich_bars()
        self._bars.start()

    def notice(self, who: str, notice: Notice) -> None:
        """See `Screen`; lines scroll above the bars."""
        self._bars.console.print(_line(who, notice), markup=False, highlight=False, soft_wrap=True)

    def progress(self, progress: StreamProgress) -> None:
        """See `Screen`; from the stream that is too much for the terminal on, there is one bar for all."""
        self._streams[progress.stream] = progress
        if len(self._streams) == BARS_MAX + 1:
            for task in self._tasks.values():
                self._bars.remove_task(task)
            self._tasks.clear()
        self._show(progress if len(self._streams) <= BARS_MAX else _sum(list(self._streams.values()), progress))

    def redraw(self) -> None:
        """See `Screen`."""
        self._bars.refresh()

    def close(self) -> None:
        """See `Screen`; the bars stay as they are."""
        self._bars.stop()

    def _show(self, progress: StreamProgress) -> None:
        if progress.stream not in self._tasks:
            self._tasks[progress.stream] = self._bars.add_task(progress.stream, total=None, fps="")
        fps = f"{progress.fps:.1f} FPS"
        task = self._tasks[progress.stream]
        self._bars.update(task, completed=progress.frames, total=progress.expected or None, fps=fps)


class Show:
    """What the run's loop has of the screen: it says what is to be shown, and goes on.

    Args:
        waiting: what the screen's thread takes from.
    """

    def __init__(self, waiting: Queue[Callable[[Screen], None]]) -> None:
        self._waiting = waiting

    def notice(self, who: str, notice: Notice) -> None:
        """Show a line."""
        self._put(lambda screen: screen.notice(who, notice))

    def progress(self, progress: StreamProgress) -> None:
        """Show how far a stream is."""
        self._put(lambda screen: screen.progress(progress))

    def wake(self) -> None:
        """Have the thread look whether this has ended; there is no need where so much waits that nothing fits in."""
        self._put(lambda _: None)

    def _put(self, item: Callable[[Screen], None]) -> None:
        with suppress(Full):
            self._waiting.put_nowait(item)


@contextmanager
def showing() -> Iterator[Show]:
    """Give what shows things, as suits stderr; what was shown within is out when this ends, unless nobody reads."""
    waiting: Queue[Callable[[Screen], None]] = Queue(WAITING_MAX)
    show = Show(waiting)
    ended = threading.Event()
    thread = threading.Thread(target=_work, args=(waiting, ended), name="screen", daemon=True)
    thread.start()
    try:
        yield show
    finally:
        ended.set()
        show.wake()
        thread.join(PARTING_S)


def _work(waiting: Queue[Callable[[Screen], None]], ended: threading.Event) -> None:
    screen: Screen = Bars() if is_terminal() else Log()
    redraw_at = 0.0
    while not (ended.is_set() and waiting.empty()):
        # Whoever closed stderr does not want to know; the run goes on all the same.
        with suppress(OSError, ValueError, Empty):
            waiting.get(timeout=screen.redraw_s)(screen)
        if (now := time.monotonic()) >= redraw_at:
            redraw_at = now + REDRAW_S
            with suppress(OSError, ValueError):
                screen.redraw()
    with suppress(OSError, ValueError):
        screen.close()


def is_terminal() -> bool:
    """Whether stderr can move a cursor; bars on one that cannot would be seen at the end only."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def _line(who: str, notice: Notice) -> str:
    return f"vinofleet {who}: {plain_text(notice)}"


def _sum(streams: list[StreamProgress], latest: StreamProgress) -> StreamProgress:
    """All streams as one; the rate of one that is done is past, unless it is the latest that is heard of."""
    going = [stream for stream in streams if stream is latest or stream.frames != stream.expected]
    known = all(stream.expected for stream in streams)
    return StreamProgress(
        ALL,
        sum(stream.frames for stream in streams),
        sum(stream.expected for stream in streams) if known else 0,
        sum(stream.fps for stream in going),
    )


def _rich_bars() -> Progress:
    from rich.console import Console  # noqa: PLC0415 - a log needs none of it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[fps]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), auto_refresh=False)
