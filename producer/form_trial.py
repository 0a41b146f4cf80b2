"""Which form of pixels gets more frames through a worker: each is tried, and what is measured counts. Pure.

A link's speed, the CPU time of either end and the device all decide, and all show in one figure: frames answered a
second. The forms are tried in turns, twice each, and the better time of each counts, as at first everything is slow.
JPEG has to be better by `MARGIN`, since it loses something: who is as fast as its device, or as its source, gets all.
What this file does not know: messages, sessions, and how long anything took but the answers.
"""

from __future__ import annotations

from typing import Final

from common.messages import JPEG, RAW

MARGIN: Final = 1.1
ROUNDS: Final = 2
SAMPLE_FRAMES: Final = 12
SAMPLE_S: Final = 0.4
"""A form is measured for so many frames and so long: the news of workers come in bunches."""
SAMPLE_MAX_S: Final = 3.0
"""But no longer than that: a frame may take a second."""
AGAIN_S: Final = 30.0
AGAIN_MAX_S: Final = 480.0
"""When it is tried anew: links and machines get busier; each time that nothing has changed after twice as long."""


class FormTrial:
    """The choice for one worker.

    Attributes:
        form: of the next frame.
    """

    def __init__(self) -> None:
        self._chosen = RAW
        self._pause_s = AGAIN_S
        self._begin(-float("inf"))

    def __repr__(self) -> str:
        state = "trying" if self._again_at is None else f"again at {self._again_at:.1f}"
        return f"FormTrial({self.form}, {self._best[RAW]:.1f} or {self._best[JPEG]:.1f} a second, {state})"

    def answered(self, sent_at: float, now: float) -> None:
        """Note that the worker has answered a frame that was granted then.

        Args:
            sent_at: seconds; frames of an earlier form may still come.
            now: seconds, never less than before.
        """
        if self._again_at is not None:
            if now >= self._again_at:
                self._begin(now)
        elif sent_at >= self._since:
            self._count(now)

    def _begin(self, now: float) -> None:
        self._again_at: float | None = None  # None while it tries
        self._best = [0.0, 0.0]  # answers a second, by form
        self._to_try = [RAW, JPEG] * ROUNDS
        self._try_next(now)

    def _try_next(self, now: float) -> None:
        self.form = self._to_try.pop(0)
        self._since = now  # frames that were granted before are of the other form
        self._first_at: float | None = None
        self._answers = 0

    def _count(self, now: float) -> None:
        """Count an answer; those that came with the first one tell nothing of a rate."""
        if self._first_at is None:
            self._first_at = now
        taken_s = now - self._first_at
        if taken_s <= 0:
            return
        self._answers += 1
        if taken_s >= SAMPLE_MAX_S or (self._answers >= SAMPLE_FRAMES and taken_s >= SAMPLE_S):
            self._best[self.form] = max(self._best[self.form], self._answers / taken_s)
            self._finish(now)

    def _finish(self, now: float) -> None:
        if self._to_try:
            self._try_next(now)
            return
        chosen = JPEG if self._best[JPEG] > MARGIN * self._best[RAW] else RAW
        self._pause_s = min(2 * self._pause_s, AGAIN_MAX_S) if chosen == self._chosen else AGAIN_S
        self.form = self._chosen = chosen
        self._again_at = now + self._pause_s
