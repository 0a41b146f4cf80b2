"""Deadlines come out by time, in whatever order they went in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from producer.deadlines import Deadlines


def test_nothing_is_first_where_there_is_nothing() -> None:
    """An empty table has no first entry."""
    deadlines = Deadlines()
    assert deadlines.first() is None
    assert len(deadlines) == 0


def test_one_that_comes_before_the_others_is_first() -> None:
    """The few that are out of line are merged with it."""
    deadlines = Deadlines()
    for time in (2.0, 3.0, 1.0, 4.0):
        deadlines.push((time, ("a", int(time)), 1))
    assert repr(deadlines) == "Deadlines(4, 1 of them out of line)"
    assert deadlines.first() == (1.0, ("a", 1), 1)
    assert [deadlines.pop()[0] for _ in range(4)] == [1.0, 2.0, 3.0, 4.0]


@given(st.lists(st.integers(0, 9) | st.none(), max_size=60))
def test_the_soonest_is_always_first(steps: list[int | None]) -> None:
    """Whatever is pushed and popped, in any turns (None pops)."""
    deadlines, model = Deadlines(), list[float]()
    for number, step in enumerate(steps):
        if step is not None:
            deadlines.push((float(step), ("a", number), 1))
            model.append(float(step))
        elif model:
            first = deadlines.first()
            assert first is not None
            assert deadlines.pop() == first
            assert first[0] == min(model)
            model.remove(first[0])
        assert len(deadlines) == len(model)
