"""Numbers that a seed decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common.street_chance import Chance


def test_numbers_are_the_same_for_ever() -> None:
    """A truth that two versions of vinofleet compute is the same: these numbers must never change."""
    chance = Chance(1, 2, 3)
    assert [chance.unit() for _ in range(3)] == [0.761544027474521, 0.21891659331640578, 0.7462439094309687]


@given(st.lists(st.integers(-(2**70), 2**70), max_size=4))
def test_numbers_are_shares(keys: list[int]) -> None:
    """Whatever the keys, numbers are at least 0 and below 1, and the same keys give the same ones."""
    once, again = Chance(*keys), Chance(*keys)
    numbers = [once.unit() for _ in range(20)]
    assert numbers == [again.unit() for _ in range(20)]
    assert all(0 <= number < 1 for number in numbers)


def test_numbers_are_even() -> None:
    """Of many seeds' first numbers a tenth lies in each tenth, roughly."""
    tenths = [int(Chance(seed).unit() * 10) for seed in range(10_000)]
    assert all(900 < tenths.count(tenth) < 1100 for tenth in range(10))


def test_choices_are_all_made() -> None:
    """Each choice is picked, nothing between the bounds is missed, and what never happens does not."""
    chance = Chance(7)
    assert {chance.pick("abc") for _ in range(50)} == set("abc")
    assert {round(chance.between(-1, 1)) for _ in range(50)} == {-1, 0, 1}
    assert not any(chance.happens(0) for _ in range(50))
    assert all(chance.happens(1) for _ in range(50))
