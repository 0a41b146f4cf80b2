"""What a role says to the person at its shell while it runs: one plain line on stderr for each notice.

Guarantees that whoever says something never waits: a thread writes the lines, because a terminal that was halted
(Ctrl-S) or a pager that nobody reads on would otherwise stop the loop, and with it the signs of life. It knows nothing
of when there is something to say. Failures that end a command are `common.entry`'s.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Full, Queue
from typing import Final

from common.actions import Notice

WAITING_MAX: Final = 1000
"""Notices that wait for a reader; what comes then is not told."""

PARTING_S: Final = 1.0
"""How long the last notices have at the end; a reader that is slower than that is left."""


@contextmanager
def speaking(role: str) -> Iterator[Callable[[Notice], None]]:
    """Give a function that prints notices as `vinofleet ROLE: text`, warnings and errors named as such.

    What was said within is printed when this ends, unless nobody reads.
    """
    waiting: Queue[Notice | None] = Queue(WAITING_MAX)

    def put(notice: Notice | None) -> None:
        with suppress(Full):
            waiting.put_nowait(notice)

    # A daemon: a reader that has stopped must not keep a process alive that is through.
    thread = threading.Thread(target=_print_all, args=(role, waiting), name="notices", daemon=True)
    thread.start()
    try:
        yield put
    finally:
        put(None)
        thread.join(PARTING_S)


def _print_all(role: str, waiting: Queue[Notice | None]) -> None:
    while (notice := waiting.get()) is not None:
        kind = "" if notice.level == "info" else f"{notice.level}: "
        text = " ".join(notice.text.split())
        # Whoever closed stderr does not want to know; the frames must arrive all the same.
        with suppress(OSError, ValueError):
            _write(f"vinofleet {role}: {kind}{text}\n")


def _write(line: str) -> None:
    """Write past Python's buffers: the interpreter could not end while this thread waits inside of one."""
    if sys.stderr is None:  # pythonw, and a daemon that closed it before
        return
    rest = line.encode(sys.stderr.encoding, "backslashreplace")
    while rest:
        rest = rest[os.write(sys.stderr.fileno(), rest) :]
