"""When captured frames that may wait wake the loop: those that come fast, several together.

One that comes after a pause is told of at once, so that no device idles beside a frame. Those that follow within
`COMPANY_S` wait for each other that long, until `TOGETHER` are there, or until the decoder waits for something itself.
While no worker lacks frames the loop is not woken for them at all (`Mailbox.attend`): they are found when it turns.
What this file does not know: what a frame is, slots, workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from common import limits

T = TypeVar("T")

TOGETHER: Final = limits.BATCH_MAX
"""As many as travel in one message."""

COMPANY_S: Final = 0.001
"""Less than the shortest inference takes that a device is worth being had for."""


class Bell(Generic[T]):
    """One capture's; called from its thread.

    Args:
        leave: puts an item where the loop finds it when it turns.
        nudge: has it turn, if it wants frames.
        clock: monotonic seconds.
    """

    def __init__(
        self, leave: Callable[[T], None], nudge: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._leave: Final = leave
        self._nudge: Final = nudge
        self._clock: Final = clock
        self._left = 0
        self._first_at = 0.0
        self._last_at = float("-inf")

    def __repr__(self) -> str:
        return f"Bell({self._left} left)"

    def leave(self, item: T) -> None:
        """Leave a frame."""
        self._leave(item)
        now = self._clock()
        if not self._left:
            self._first_at = now
        self._left += 1
        alone = now - self._last_at >= COMPANY_S
        self._last_at = now
        if alone or self._left >= TOGETHER or now - self._first_at >= COMPANY_S:
            self.ring()

    def ring(self) -> None:
        """Wake the loop for what was left, if it wants frames."""
        if self._left:
            self._left = 0
            self._nudge()
