"""What a role says while it runs: plain lines on stderr for the person at its shell, or sayings for its parent.

Guarantees that whoever says something never waits: a thread writes the lines, because a terminal that was halted
(Ctrl-S) or a pager that nobody reads on would otherwise stop the loop, and with it the signs of life. It knows nothing
of when there is something to say; how far streams are is shown every few seconds. Failures that end a command are
`common.entry`'s.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Full, Queue
from typing import Final

from common.actions import Notice
from common.errors import one_line
from common.interrupt import raise_again
from common.sayings import Pace, Saying, StreamProgress, as_line, as_notice

WAITING_MAX: Final = 1000
"""Sayings that wait for a reader; what comes then is not told."""

PARTING_S: Final = 1.0
"""How long the last sayings have at the end; a reader that is slower than that is left."""


@contextmanager
def speaking(role: str, parent: int | None = None, *, leads: bool = False) -> Iterator[Callable[[Saying], None]]:
    """Give a function that prints sayings as `vinofleet ROLE: text`, warnings and errors named as such.

    What was said within is printed when this ends, unless nobody reads.

    Args:
        role: who speaks.
        parent: the descriptor of the `--parent` who is told instead, and with whom this process ends.
        leads: whether this role is to be interrupted as soon as its parent is gone; the others follow it.
    """
    raise_again()  # everything is imported
    waiting: Queue[Saying | None] = Queue(WAITING_MAX)

    def put(saying: Saying | None) -> None:
        with suppress(Full):
            waiting.put_nowait(saying)

    # A daemon: a reader that has stopped must not keep a process alive that is through.
    tell = _printer(role) if parent is None else _sender(parent, leads=leads)
    thread = threading.Thread(target=_tell_all, args=(tell, waiting), name="notices", daemon=True)
    thread.start()
    try:
        yield put
    finally:
        put(None)
        thread.join(PARTING_S)


def _tell_all(tell: Callable[[Saying], None], waiting: Queue[Saying | None]) -> None:
    while (saying := waiting.get()) is not None:
        # Whoever closed stderr does not want to know; the frames must arrive all the same.
        with suppress(OSError, ValueError):
            tell(saying)


def _sender(parent: int, *, leads: bool) -> Callable[[Saying], None]:
    from common.lifeline import Lifeline  # noqa: PLC0415 - only `vinofleet run` needs it

    lifeline = Lifeline(parent, interrupts=leads)
    return lambda saying: lifeline.write(as_line(saying))


def _printer(role: str) -> Callable[[Saying], None]:
    pace = Pace()

    def tell(saying: Saying) -> None:
        if isinstance(saying, StreamProgress) and not pace.admits(saying, time.monotonic()):
            return
        notice = as_notice(saying)
        if notice is not None:
            write_line(f"vinofleet {role}: {plain_text(notice)}")

    return tell


def plain_text(notice: Notice) -> str:
    """Write a notice as one line, its level named unless it is information."""
    kind = "" if notice.level in {"detail", "info"} else f"{notice.level}: "
    return kind + one_line(notice.text)


def write_line(line: str) -> None:
    """Write a line to stderr; waits for a reader that has stopped.

    Raises:
        OSError: nobody reads any more.
        ValueError: stderr was closed here.
    """
    _write(f"{line}\n")


def _write(line: str) -> None:
    """Write past Python's buffers: the interpreter could not end while this thread waits inside of one."""
    if sys.stderr is None:  # pythonw, and a daemon that closed it before
        return
    rest = line.encode(sys.stderr.encoding, "backslashreplace")
    while rest:
        rest = rest[os.write(sys.stderr.fileno(), rest) :]
