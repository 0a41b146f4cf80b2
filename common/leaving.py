"""Ctrl-C where a KeyboardInterrupt would be wrong: where it could be swallowed, and where it would lose what is done.

Foreign code that calls Python back does so: a KeyboardInterrupt that comes while libav reads a file through Python may
be taken for the end of the file, and the interrupt is lost. See `common.interrupt`, which begins before anything else
can be imported.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FrameType
from typing import Final, Self

from common.interrupt import leave_at_once, raise_again

Handler = Callable[[int, FrameType | None], object] | int | None
"""What `signal.getsignal` returns."""

INTERRUPTS: Final = (signal.SIGINT, signal.SIGTERM)
"""What ends a process cleanly."""

NAP_S: Final = 0.1
"""How long somebody who sleeps may not have noticed an interrupt."""


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


@contextmanager
def handled(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """Within this signals have these handlers; elsewhere than in the main thread Python has no handlers to set."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class HeldBack:
    """Within this SIGINT and SIGTERM wait, until `release` or its end; then they are a KeyboardInterrupt.

    For a process that makes things one after the other which must be cleaned up: between the making of one and its
    being known to whoever cleans up, an interrupt would leave it behind. Ignored signals stay ignored.
    """

    def __init__(self) -> None:
        self._handled = ExitStack()
        self._came = False

    def __enter__(self) -> Self:
        """Hold back, if this is the main thread; others get no signals."""
        heard = [number for number in INTERRUPTS if signal.getsignal(number) is not signal.SIG_IGN]
        self._handled.enter_context(handled(dict.fromkeys(heard, self._wait)))
        return self

    def __exit__(self, *_: object) -> None:
        """Release."""
        self.release()

    def release(self) -> None:
        """Let signals do what they did before; may be called again.

        Raises:
            KeyboardInterrupt: one has waited.
        """
        self._handled.close()
        came, self._came = self._came, False
        if came:
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> bool:
        """Let time pass until one comes; True if one has, which is heeded then: whoever asked is to leave."""
        came = not _sleep(seconds, lambda: self._came)
        self._came = False
        return came

    def _wait(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True


def stopping() -> AbstractContextManager[None]:
    """Within this SIGTERM does what Ctrl-C does: what was begun is cleaned up."""
    return handled({signal.SIGTERM: signal.default_int_handler})


class Finishing:
    """Within this the first interrupt changes nothing: for the last, short steps of a process that is ending anyway.

    A step that turns out to be long can `sleep`, and is told of it.
    """

    def __init__(self) -> None:
        self._handled = ExitStack()
        self._came = False

    def __enter__(self) -> Self:
        """Spare the first of each kind, if this is the main thread; others get no signals."""
        self._handled.enter_context(handled({number: self._spare(number) for number in INTERRUPTS}))
        return self

    def __exit__(self, *_: object) -> None:
        """Let signals do what they did before."""
        self._handled.close()

    def sleep(self, seconds: float) -> bool:
        """Let time pass until one comes; True if one has."""
        return not _sleep(seconds, lambda: self._came)

    def _spare(self, number: int) -> Callable[[int, FrameType | None], None]:
        before = signal.getsignal(number)

        def once(_number: int, _frame: FrameType | None) -> None:
            self._came = True
            signal.signal(number, before)

        return once


def _sleep(seconds: float, over: Callable[[], bool]) -> bool:
    """Sleep in naps, as Python goes on sleeping after a signal; False where it is over before."""
    nothing, until = threading.Event(), time.monotonic() + seconds
    while not over() and (left_s := until - time.monotonic()) > 0:
        nothing.wait(min(left_s, NAP_S))
    return not over()
