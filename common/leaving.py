"""Ctrl-C during steps that leave nothing behind, and in which an exception would not be safe from being swallowed.

Foreign code that calls Python back does so: a KeyboardInterrupt that comes while libav reads a file through Python may
be taken for the end of the file, and the interrupt is lost. See `common.interrupt`, which begins before anything else
can be imported.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from common.interrupt import leave_at_once, raise_again


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Within this an interrupt ends the process; nothing changes in threads other than the first, which get none."""
    raises = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not raises or threading.current_thread() is not threading.main_thread():
        yield
        return
    leave_at_once()
    try:
        yield
    finally:
        raise_again()
