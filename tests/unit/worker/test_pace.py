"""Whose end is waited for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.pace import AT_ONCE, Pace

UNDER_WAY = st.integers(1, 100)


@given(UNDER_WAY)
def test_without_patience_each_frame_is_told_of(under_way: int) -> None:
    """The first one's end is waited for."""
    assert AT_ONCE.awaited(under_way) == 0
    assert Pace(5, 0.0).awaited(under_way) == 0


@given(UNDER_WAY, st.integers(0, 120))
def test_no_more_than_the_few_that_may_are_under_way_when_it_is_told(under_way: int, low: int) -> None:
    """When the awaited one has ended as the last of those before it, `low` are left; or one has ended at least."""
    index = Pace(low, 0.02).awaited(under_way)
    assert 0 <= index < under_way
    assert index == 0 or under_way - (index + 1) == low
