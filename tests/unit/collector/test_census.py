"""Counting rows, and remembering which are not ok: the same sums from both."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.census import INTERRUPTED, Census, Flaws, Run, runs_of
from common.rows import Row, Status

OK = (Status.OK, "")
LEFT = (Status.DROPPED, INTERRUPTED)
KINDS = (OK, (Status.FAILED, "poison"), LEFT)
ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(KINDS)), max_size=12)


def numbered(kinds: list[tuple[str, tuple[Status, str]]]) -> list[Row]:
    """Rows of these streams and kinds, each stream's counting up."""
    names = [name for name, _ in kinds]
    return [Row(name, names[:at].count(name), 0, *kind) for at, (name, kind) in enumerate(kinds)]


@given(kinds=ROWS, end=st.integers(0, 12))
def test_flaws_count_like_the_rows(kinds: list[tuple[str, tuple[Status, str]]], end: int) -> None:
    """Whatever the order of streams and kinds, and wherever the count stops or the rest is cut off."""
    rows, flaws = numbered(kinds), {"a": Flaws(), "b": Flaws()}
    for run in runs_of(rows):
        flaws[run.stream].add(run)
    for name, known in flaws.items():
        mine = [(row.status, row.reason) for row in rows if row.stream == name]
        upto, census = min(end, len(mine)), Census()
        for kind in mine[:upto]:
            census.add(kind)
        assert known.census(upto) == census
        assert census.counts == Counter(mine[:upto])
        known.cut(upto)
        assert known.end <= upto
        assert known.census(upto) == census


def test_neighbours_of_one_kind_are_one_run() -> None:
    """A long gap is one line of the journal."""
    rows = [Row("a", frame, 0, *LEFT) for frame in range(3, 1000)]
    assert list(runs_of(rows)) == [Run("a", 3, 997, LEFT)]


def test_runs_that_continue_one_another_take_no_memory() -> None:
    """A stream of which every frame fails is remembered as one run, however its rows came."""
    flaws = Flaws()
    for first in range(0, 4000, 4):
        flaws.add(Run("a", first, 4, LEFT))
    assert (len(flaws), flaws.end) == (1, 4000)
    assert flaws.census(4000).counts == {LEFT: 4000}


def test_what_is_forgotten_is_still_to_be_followed() -> None:
    """One run is kept, for the next must come after it, or goes on with it; nobody counts any more."""
    flaws = Flaws()
    for first in range(0, 4000, 4):
        flaws.add(Run("a", first, 1, LEFT))
        flaws.forget()
    assert (len(flaws), flaws.end) == (1, 3997)
    with pytest.raises(ValueError, match="not the next"):
        flaws.add(Run("a", 3996, 1, LEFT))
    with pytest.raises(AssertionError, match="forgotten"):
        flaws.census(4000)


@pytest.mark.parametrize("run", [Run("a", 4, 1, LEFT), Run("a", 5, 0, LEFT), Run("a", 5, 1, OK)])
def test_what_cannot_follow_is_refused(run: Run) -> None:
    """A repetition, nothing, or a row that is ok."""
    flaws = Flaws()
    flaws.add(Run("a", 3, 2, LEFT))
    with pytest.raises(ValueError, match="not the next"):
        flaws.add(run)
