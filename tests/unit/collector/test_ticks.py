"""Times of frames: strictly increasing, exact where rows say so."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ticks import Ticks

STAMPS = st.lists(st.none() | st.integers(-(2**62), 2**62), min_size=2, max_size=20)


@given(stamps=STAMPS, units=st.integers(1, 10**10), rate=st.fractions(Fraction(1, 100), 1000))
def test_times_increase_strictly_whatever_rows_say(stamps: list[int | None], units: int, rate: Fraction) -> None:
    """No stamp of a peer makes a time that is not later, or that does not fit into 63 bits."""
    ticks, last = Ticks(Fraction(1, units), rate), None
    for pts in stamps:
        time = ticks.place(pts, stamps[0] or 0, last)
        assert last is None or time > last
        assert 0 <= time < 2**62 + len(stamps) * ticks.step
        last = time


@given(stamps=st.lists(st.integers(0, 10**9), min_size=1, unique=True), units=st.integers(1, 10**6))
def test_increasing_stamps_are_kept_exactly(stamps: list[int], units: int) -> None:
    """A variable frame rate is what the rows say, counted from frame 0."""
    stamps.sort()
    ticks, last = Ticks(Fraction(1, units), Fraction(25)), None
    for pts in stamps:
        last = ticks.place(pts, stamps[0], last)
        assert Fraction(last, ticks.scale) == Fraction(pts - stamps[0], units)


@pytest.mark.parametrize(
    ("time_base", "rate", "scale", "step"),
    [
        (Fraction(1, 10), Fraction(10), 1000, 100),
        (Fraction(1001, 30000), Fraction(30000, 1001), 30000, 1001),
        (Fraction(1, 90000), Fraction(25), 90000, 3600),
        (Fraction(1, 10**9), Fraction(50), 10**6, 20000),
        (Fraction(1), Fraction(1000), 1000, 1),
        (Fraction(1, 10**6), Fraction(1, 100), 10**6, 10**8),
    ],
)
def test_a_scale_is_a_multiple_of_the_streams_own(time_base: Fraction, rate: Fraction, scale: int, step: int) -> None:
    """At least a tick a millisecond, at most one a microsecond."""
    ticks = Ticks(time_base, rate)
    assert (ticks.scale, ticks.step) == (scale, step)


def test_a_frame_without_a_stamp_comes_one_frame_later() -> None:
    """Its place is its predecessor's, and the next stamp counts again."""
    ticks = Ticks(Fraction(1, 1000), Fraction(10))
    assert ticks.place(None, 0, 250) == 350
    assert ticks.place(400, 0, 350) == 400
