"""Tests of producer.pace: when frames are due, how a joint is passed, and what is said of a source that is late."""

from __future__ import annotations

from fractions import Fraction

import pytest

from producer.pace import GAP_MAX_S, Brake, Pace

MS = Fraction(1, 1000)


def test_frames_are_due_by_their_timestamps() -> None:
    """Counted from the first, whenever that was, and whether or not others were late."""
    pace = Pace(MS)
    due = [pace.due_at(pts, now) for pts, now in [(5000, 70.0), (5040, 70.01), (5100, 71.0), (5140, 71.0)]]
    assert due == pytest.approx([70.0, 70.04, 70.1, 70.14])
    assert repr(pace).startswith("Pace(frame of pts 5140 was due at 70.1")


def test_a_joint_is_no_pause() -> None:
    """A recording that goes on hours later goes on at once, or nearly."""
    pace = Pace(Fraction(1))
    assert [pace.due_at(pts, 0.0) for pts in (0, 3, 2**61, 2**61 + 1)] == [0, 3, 3 + GAP_MAX_S, 4 + GAP_MAX_S]


def test_how_late_a_source_is_is_said_in_steps_that_double() -> None:
    """And anew once it was in time again."""
    pace = Pace(Fraction(1))
    assert pace.behind(5.0) is None, "nothing was due"
    pace.due_at(0, 0.0)
    late = (0.9, 1.0, 1.5, 2.5, 3.0, 9.0, 10.0, 0.7, 1.2, 0.1, 1.2)
    assert [pace.behind(seconds) for seconds in late] == [
        None, 1.0, None, 2.5, None, 9.0, None, None, None, None, 1.2,
    ]  # fmt: skip


def test_a_brake_leaves_as_much_time_between_frames_as_asked() -> None:
    """Whatever their timestamps; who is late goes on at once, and does not hurry after that."""
    brake = Brake(Fraction(4))
    assert [brake.due_at(0, now) for now in (10.0, 10.0, 10.3)] == [10.0, 10.25, 10.5]
    assert [brake.due_at(0, now) for now in (12.0, 12.0)] == [12.0, 12.25]
    assert brake.behind(99.0) is None
    assert repr(brake) == "Brake(a frame each 0.250 s)"
