"""The loop of `vinofleet chaos`: does each step of the schedule at its time, and watches the outputs grow.

Guarantees that whatever it has begun is undone when it returns or raises, and that Ctrl-C or SIGTERM makes it return.
What this file does not know: what faults are, and whether the outputs are right.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Final, TypeAlias

from common.errors import VinofleetError
from common.leaving import handled
from vinofleet.chaos.harms import Harms, NobodyError
from vinofleet.chaos.schedule import Act, Begin, Fault, Step, Timeline
from vinofleet.chaos.stalls import Stalls

TURN_S: Final = 0.01
"""How often outputs are looked at: a stall is measured as finely as this."""

ENDS: Final = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


Tell: TypeAlias = Callable[[float, str, Act, str], None]
"""Told at what second what was done: `begin`, `end`, `nobody` or `failed`; and to whom, or why not."""


class Driver:
    """Drives a schedule.

    Args:
        timeline: what is to be done.
        harms: does it.
        has_ended: whether the fleet is over.
        size: bytes of all outputs, now.
        waits_for_rows: whether the schedule starts with the first row that is written; else at once.
        tell: is told of each.
    """

    def __init__(
        self,
        timeline: Timeline,
        harms: Harms,
        *,
        has_ended: Callable[[], bool],
        size: Callable[[], int],
        waits_for_rows: bool,
        tell: Tell,
    ) -> None:
        self._timeline: Final = timeline
        self._harms: Final = harms
        self._has_ended: Final = has_ended
        self._size: Final = size
        self._tell_of: Final = tell
        self._pause: Final = threading.Event()
        self.began_at: float | None = None if waits_for_rows else time.monotonic()
        """When the schedule began; None if it has not."""
        self.stalls: Final = Stalls(size())
        self.done: Final[Counter[Fault]] = Counter()
        self.nobody = 0
        """Acts that found nobody."""
        self.failures: list[str] = []
        """What could not be undone."""
        self.interrupted = False

    @property
    def stalled_at_s(self) -> float:
        """When the longest stall began, in seconds of the schedule."""
        return self.stalls.longest_from - (self.began_at or 0.0)

    def drive(self) -> None:
        """Go on until the fleet has ended, or an interrupt.

        Raises:
            VinofleetError: an act could not be done.
        """
        with handled(dict.fromkeys(_heard(), self._interrupt)):
            try:
                while not (self.interrupted or self._has_ended()):
                    self._turn(time.monotonic())
                    self._pause.wait(TURN_S)
            finally:
                try:
                    for end in self._timeline.call_off():
                        self._do(end)
                finally:
                    self.failures += self._harms.undo_all()

    def _turn(self, now: float) -> None:
        self.stalls.see(self._size(), now)
        if self.began_at is None and self.stalls.has_begun:
            self.began_at = now
        if self.began_at is not None:
            for step in self._timeline.due(now - self.began_at):
                self._do(step)

    def _do(self, step: Step) -> None:
        if isinstance(step, Begin):
            self._begin(step.act)
        else:
            self._end(step.act)

    def _begin(self, act: Act) -> None:
        try:
            to = self._harms.begin(act)
        except NobodyError as nobody:
            self.nobody += 1
            self._tell("nobody", act, str(nobody))
            return
        self.done[act.fault] += 1
        self._tell("begin", act, to)

    def _end(self, act: Act) -> None:
        try:
            to = self._harms.end(act)
        except VinofleetError as error:
            self.failures.append(str(error))
            self._tell("failed", act, str(error))
            return
        if to:
            self._tell("end", act, to)

    def _tell(self, what: str, act: Act, text: str) -> None:
        began_at = time.monotonic() if self.began_at is None else self.began_at
        self._tell_of(time.monotonic() - began_at, what, act, text)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        self.interrupted = True
        self._pause.set()


def _heard() -> list[signal.Signals]:
    """What makes it leave; `nohup` keeps its effect."""
    return [each for each in ENDS if each.name != "SIGHUP" or signal.getsignal(each) is not signal.SIG_IGN]
