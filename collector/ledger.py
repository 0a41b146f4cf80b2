"""The conservation ledger of one stream: every captured frame ends once, as ok, failed or dropped.

What this file does not know: the frames themselves, and where they went.
"""

from __future__ import annotations

from collections.abc import Mapping

from common.rows import Status


class Ledger:
    """Counts the frames of one stream as they are emitted.

    Args:
        counts: frames that an earlier collector wrote, by status and reason.
        base: frames that an earlier collector accounted for without leaving a record of them.

    Attributes:
        counts: emitted frames by status and reason.
        base: as given.
        total: frames accounted for, `base` included: the number of the next one.
        captured: frames that the stream turned out to have; None until it ends.
    """

    __slots__ = ("base", "captured", "counts", "total")

    def __init__(self, counts: Mapping[tuple[Status, str], int] | None = None, base: int = 0) -> None:
        self.counts: dict[tuple[Status, str], int] = dict(counts or {})
        self.base = base
        self.total = base + sum(self.counts.values())
        self.captured: int | None = None

    def __repr__(self) -> str:
        counts = ", ".join(f"{status}({reason}) {count}" for (status, reason), count in self.counts.items())
        return f"Ledger({self.total} of {self.captured}: base {self.base}, {counts})"

    @property
    def balanced(self) -> bool:
        """Whether captured = ok + failed + dropped; False before the end is known."""
        return self.captured == self.base + sum(self.counts.values())

    @property
    def fruitless(self) -> bool:
        """Whether there were frames and none of them is ok: the model's or the device's fault, or nobody had time."""
        return self.base == 0 and bool(self.counts) and all(status is not Status.OK for status, _ in self.counts)

    def record(self, status: Status, reason: str, frames: int = 1) -> None:
        """Account for the next frames, which ended alike."""
        key = (status, reason)
        self.counts[key] = self.counts.get(key, 0) + frames
        self.total += frames

    def check(self) -> None:
        """Assert the invariant: the sum is the sum, and never more than was captured."""
        assert self.total == self.base + sum(self.counts.values()), self
        assert self.captured is None or self.total <= self.captured, self
