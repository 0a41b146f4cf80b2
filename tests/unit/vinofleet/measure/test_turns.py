"""Nothing is always measured first."""

from __future__ import annotations

from vinofleet.measure.turns import turn


def test_each_repeat_begins_with_another_thing() -> None:
    """So none is always measured on the warm or on the tired machine."""
    turns = [turn("abc", repeat) for repeat in range(4)]
    assert turns == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]
