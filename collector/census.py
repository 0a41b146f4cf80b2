"""Rows counted by status and reason: of one stream, from whatever holds them. Plain values: no file, no clock.

Guarantees that counts add up to the frames. Does NOT know what a row looks like or where it was found.
"""

from __future__ import annotations

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

    Takes 200 bytes for each run, be it one row or a million.
    """

    def __init__(self) -> None:
        self._runs: list[Run] = []

    @property
    def end(self) -> int:
        """The frame after the last of them."""
        return self._runs[-1].first + self._runs[-1].length if self._runs else 0

    def add(self, run: Run) -> None:
        """Take note of more.

        Raises:
            ValueError: it is empty, all right, or does not come after those before it.
        """
        if run.length < 1 or run.kind[0] is Status.OK or run.first < self.end:
            raise ValueError(f"not the next rows that are not ok: {run}")
        last = self._runs[-1] if self._runs else None
        if last is not None and (last.kind, self.end) == (run.kind, run.first):
            self._runs[-1] = last._replace(length=last.length + run.length)
        else:
            self._runs.append(run)

    def cut(self, end: int) -> None:
        """Forget what is known of frames from `end` on."""
        kept = [run for run in self._runs if run.first < end]
        self._runs = [run._replace(length=min(run.length, end - run.first)) for run in kept]

    def census(self, end: int) -> Census:
        """Count the frames 0..end-1."""
        census = Census()
        for run in self._runs:
            first, last = min(run.first, end), min(run.first + run.length, end)
            if first > census.next:
                census.add(_OK, first - census.next)
            if last > first:
                census.add(run.kind, last - first)
        if end > census.next:
            census.add(_OK, end - census.next)
        return census
