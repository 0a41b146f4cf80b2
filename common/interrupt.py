"""Ctrl-C while a command is being imported: the process leaves with its exit code and without a word.

Python raises KeyboardInterrupt wherever it is, so in an import it would print a traceback, or become an ImportError of
the package that was being imported. Nothing has been made yet that would have to be cleaned up, so the process ends on
the spot. Imports nothing but what the interpreter itself has: it must be there before everything else.
What this file does not know: what a signal means to a command that runs (`common.runner`, `vinofleet.run`).
"""

import os
import signal

INTERRUPTED = 130
"""`Exit.INTERRUPTED`, which is not imported yet."""


def leave_at_once() -> None:
    """From now on an interrupt ends the process; one that is ignored, as in a shell's background job, stays ignored.

    Whoever started this process may have blocked interrupts so far; one that came meanwhile counts now.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    if hasattr(signal, "pthread_sigmask"):  # Windows has none
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def raise_again() -> None:
    """From now on an interrupt is a KeyboardInterrupt again, so that what was made is cleaned up."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(_number: int, _frame: object) -> None:
    os._exit(INTERRUPTED)
