"""Rules for timestamps."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.timeline import Timeline

MILLISECONDS = Fraction(1, 1000)
PTS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-5000, 5000))


def place(pts: list[int | None], rate: int = 25) -> list[int]:
    """What one timeline makes of these timestamps."""
    timeline = Timeline(MILLISECONDS, Fraction(rate))
    return [timeline.place(one) for one in pts]


@given(pts=st.lists(PTS, max_size=50), rate=st.sampled_from([0, 1, 25, 5000]))
def test_always_later_and_within_64_bits(pts: list[int | None], rate: int) -> None:
    """Whatever a file claims, timestamps strictly increase and fit the wire."""
    placed = place(pts, rate)
    assert all(earlier < later for earlier, later in pairwise(placed))
    assert all(-(2**63) <= one < 2**63 for one in placed)


@given(st.lists(st.integers(-(2**61), 2**61), unique=True).map(sorted))
def test_sane_timestamps_are_exact(pts: list[int]) -> None:
    """Increasing timestamps pass unchanged, at any spacing."""
    assert place([*pts]) == pts


@pytest.mark.parametrize(
    ("pts", "placed"),
    [
        ([None, None, None], [0, 40, 80]),
        ([100, None, 180], [100, 140, 180]),
        ([100, 100, 140], [100, 101, 140]),
        ([1000, 960, 1040], [1000, 1001, 1040]),
        ([90_000, 90_040, 0, 40, 90], [90_000, 90_040, 90_080, 90_120, 90_170]),
        ([0, 2**62, 80], [0, 40, 80]),
    ],
    ids=["none at all", "one missing", "repeated", "late", "clock set back", "absurd"],
)
def test_repairs(pts: list[int | None], placed: list[int]) -> None:
    """Each rule does what its documentation says."""
    assert place(pts) == placed


def test_unknown_rate_is_taken_as_25() -> None:
    """Without a rate, a missing timestamp is a 25th of a second after the last."""
    assert place([None, None], rate=0) == [0, 40]
