"""Where engine tests collect what completes."""

from __future__ import annotations

import queue
from collections.abc import Sequence

from worker.engine import Completion

DEADLINE_S = 20.0


class Completions:
    """An `on_done` that keeps completions in the order they come."""

    def __init__(self) -> None:
        self._arrived: queue.SimpleQueue[Completion] = queue.SimpleQueue()

    def __call__(self, completions: Sequence[Completion]) -> None:
        """Keep some more."""
        for completion in completions:
            self._arrived.put(completion)

    def next(self) -> Completion:
        """Wait for the next one; a test that waits longer than the deadline fails."""
        return self._arrived.get(timeout=DEADLINE_S)

    def is_empty(self) -> bool:
        """Whether all that came has been looked at."""
        return self._arrived.empty()
