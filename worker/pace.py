"""When an engine tells of what is done: a wake-up costs a loop more than the frames that it is about.

What this file does not know: who decides it (`worker.appetite`), and what completions are.
"""

from __future__ import annotations

from typing import NamedTuple


class Pace(NamedTuple):
    """How long completions may wait for company.

    Attributes:
        low: they are told at the latest when no more than this many frames are still under way.
        patience_s: and at the latest so long after those before them; 0 where each is told at once.
    """

    low: int
    patience_s: float

    def awaited(self, under_way: int) -> int:
        """Return the index of the frame to wait for, of so many in the order in which they end; at least one is."""
        return max(0, under_way - 1 - self.low) if self.patience_s else 0


AT_ONCE = Pace(0, 0.0)
