"""Tests of producer.reconnection: when it is tried again, and what time it is then."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from producer.reconnection import BACKOFF_FIRST_S, BACKOFF_MOST_S, GIVE_UP_S, LiveTimeline, Reconnection

MS = Fraction(1, 1000)


def test_what_has_no_end_is_tried_for_ever() -> None:
    """Ever more rarely, up to a bound; the first frame begins the waits anew."""
    attempts = Reconnection(0.0, live=True)
    waits = [attempts.failed(1000.0 * number) for number in range(8)]
    assert waits[:3] == [BACKOFF_FIRST_S, 2 * BACKOFF_FIRST_S, 4 * BACKOFF_FIRST_S]
    assert waits[-1] == BACKOFF_MOST_S
    assert attempts.lost
    assert attempts.came(9000.0)
    assert not attempts.came(9001.0)
    assert attempts.failed(9002.0) == BACKOFF_FIRST_S


def test_a_recording_is_given_up() -> None:
    """So long after it was last asked for a frame; nobody counts the time in which nobody asked."""
    attempts = Reconnection(0.0, live=False)
    attempts.asked(100.0)
    assert attempts.failed(101.0) == BACKOFF_FIRST_S
    assert attempts.silent_s(101.0) == 1.0
    assert attempts.failed(100.0 + GIVE_UP_S) is None


def test_an_outage_passes_in_the_timestamps() -> None:
    """Within a connection its own time counts, between two the clock's, whatever its timestamps begin with."""
    timeline = LiveTimeline(MS)
    timeline.connected()
    assert [timeline.place(pts, MS, now) for pts, now in [(700, 0.0), (740, 0.3), (780, 0.31)]] == [0, 40, 80]
    timeline.connected()
    assert [timeline.place(pts, 2 * MS, now) for pts, now in [(5, 10.31), (25, 10.4)]] == [10_080, 10_120]
    assert timeline.place(None, MS, 10.5) == 10_220


def test_a_clock_that_is_set_is_no_gap() -> None:
    """A camera that learns the date is not away for years; its own time counts again from there."""
    timeline = LiveTimeline(MS)
    timeline.connected()
    placed = [timeline.place(pts, MS, now) for pts, now in [(0, 0.0), (100, 0.1), (2**60, 0.2), (2**60 + 90, 0.25)]]
    assert placed == [0, 100, 200, 290]
    assert timeline.place(2**60 + 59_000, MS, 0.3) == 59_200, "as a playlist's segments come: together"


@given(st.lists(st.tuples(st.none() | st.integers(-(2**40), 2**40), st.floats(0, 100), st.booleans()), min_size=2))
def test_timestamps_only_grow(frames: list[tuple[int | None, float, bool]]) -> None:
    """Whatever a source says, and however often it comes back."""
    timeline, now, placed = LiveTimeline(MS), 0.0, []
    for pts, passed_s, again in frames:
        now += passed_s
        if again:
            timeline.connected()
        placed.append(timeline.place(pts, MS, now))
    assert all(later > earlier for earlier, later in pairwise(placed))
