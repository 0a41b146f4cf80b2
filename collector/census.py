"""Rows counted by status and reason: of one stream, from whatever holds them. Plain values: no file, no clock.

Guarantees that counts add up to the frames. Does NOT know what a row looks like or where it was found.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from common.rows import Row, Status

INTERRUPTED: Final = "interrupted"
"""The reason of rows that Ctrl-C left behind."""

RowKind: TypeAlias = tuple[Status, str]
"""A row's status and reason."""

_OK: Final[RowKind] = (Status.OK, "")
_LEFT_BEHIND: Final[RowKind] = (Status.DROPPED, INTERRUPTED)


@dataclass(slots=True)
class Census:
    """The rows of one stream, counted from its first on.

    Attributes:
        next: the frame that comes next.
        settled: the frame after the last row that is not dropped(interrupted).
        counts: rows by kind.
    """

    next: int = 0
    settled: int = 0
    counts: Counter[RowKind] = field(default_factory=Counter)

    def add(self, kind: RowKind, count: int = 1) -> None:
        """Count the next rows, all of one kind."""
        self.next += count
        self.counts[kind] += count
        if kind != _LEFT_BEHIND:
            self.settled = self.next


class Run(NamedTuple):
    """Neighbouring rows of one stream that are not ok, for the same reason."""

    stream: str
    first: int
    length: int
    kind: RowKind


def runs_of(rows: Sequence[Row]) -> Iterator[Run]:
    """The rows that are not ok; those of one stream count up, streams may be mixed."""
    flawed = [row for row in rows if row.status is not Status.OK]
    for (stream, _, kind), run in groupby(enumerate(flawed), lambda item: _run_key(*item)):
        (_, row), *more = run
        yield Run(stream, row.seq, 1 + len(more), kind)


def _run_key(position: int, row: Row) -> tuple[str, int, RowKind]:
    """The same for rows that follow each other in position and in frame."""
    return row.stream, row.seq - position, (row.status, row.reason)


class Flaws:
    """The rows of one stream that are not ok; all others are, or are not there.

    Takes 24 bytes for each run, be it one row or a million.
    """

    def __init__(self) -> None:
        self._firsts = array("Q")
        self._ends = array("Q")
        self._kinds = array("Q")
        self._numbers: dict[RowKind, int] = {}
        self._is_whole = True

    def __len__(self) -> int:
        """How many runs are kept."""
        return len(self._ends)

    @property
    def end(self) -> int:
        """The frame after the last of them."""
        return self._ends[-1] if self._ends else 0

    def add(self, run: Run) -> None:
        """Take note of more.

        Raises:
            ValueError: it is empty, all right, or does not come after those before it.
            OverflowError: no stream has so many frames.
        """
        if run.length < 1 or run.kind[0] is Status.OK or run.first < self.end:
            raise ValueError(f"not the next rows that are not ok: {run}")
        kind = self._numbers.setdefault(run.kind, len(self._numbers))
        if self._ends and (self._kinds[-1], self.end) == (kind, run.first):
            self._ends[-1] += run.length
        else:
            self._ends.append(run.first + run.length)  # the largest first: it may not fit
            self._firsts.append(run.first)
            self._kinds.append(kind)

    def cut(self, end: int) -> None:
        """Forget what is known of frames from `end` on."""
        kept = bisect_left(self._firsts, end)
        for column in (self._firsts, self._ends, self._kinds):
            del column[kept:]
        if self.end > end:
            self._ends[-1] = end

    def forget(self) -> None:
        """Keep no more than what the next run must follow; from here on there is no census."""
        for column in (self._firsts, self._ends, self._kinds):
            del column[:-1]
        self._is_whole = False

    def census(self, end: int) -> Census:
        """Count the frames 0..end-1."""
        assert self._is_whole, "forgotten"
        census, kinds = Census(), list(self._numbers)
        for run_first, run_end, kind in zip(self._firsts, self._ends, self._kinds, strict=True):
            first, last = min(run_first, end), min(run_end, end)
            if first > census.next:
                census.add(_OK, first - census.next)
            if last > first:
                census.add(kinds[kind], last - first)
        if end > census.next:
            census.add(_OK, end - census.next)
        return census
