"""Tests of producer.frames: legal moves, illegal ones, strikes and suspicion."""

from __future__ import annotations

import itertools

import pytest

from producer.frames import MOVES, STORY_MAX, Frame, FrameError, FrameState, Lease


def frame(state: FrameState = FrameState.QUEUED) -> Frame:
    """Frame 7 of stream a."""
    one = Frame(("a", 7), 1, 3, 700, (640, 480), 2.5)
    one.state = state
    return one


@pytest.mark.parametrize(("before", "after"), list(itertools.product(FrameState, FrameState)))
def test_only_the_moves_of_the_table_are_made(before: FrameState, after: FrameState) -> None:
    """Any other raises with the frame's story, and changes nothing."""
    one = frame(before)
    if (before, after) in MOVES:
        one.move(after)
        assert (one.state, list(one.story)) == (after, [after])
    else:
        with pytest.raises(
            FrameError, match=rf"Frame\(a 7, {before}, leases \[\]\) cannot become {after}; story: \[\]"
        ):
            one.move(after)
        assert one.state is before


def test_every_state_leads_on() -> None:
    """No frame can get stuck in a state that only settlement ends, except through the table's own moves."""
    assert {before for before, _ in MOVES} == set(FrameState)


def test_what_happened_in_company_makes_a_suspect_and_what_happened_alone_is_a_strike() -> None:
    """Deaths and errors alike."""
    one = frame()
    assert (one.is_suspect, one.strikes) == (False, 0)
    one.errors = 2
    assert (one.is_suspect, one.strikes) == (True, 2)
    one.deaths.append(b"x")
    assert (one.is_suspect, one.strikes) == (True, 3)
    other, third = frame(), frame()
    other.suspected_by.append(b"x")
    third.erred = True
    assert [(each.is_suspect, each.strikes) for each in (other, third)] == [(True, 0), (True, 0)]


def test_pending_are_the_leases_not_reported() -> None:
    """A reported lease is no work any more."""
    one = frame()
    first, second = Lease(0xAB, 1, 0.0, 2.0, alone=False), Lease(2, 2, 0.0, 2.0, alone=False)
    one.leases = {1: first, 2: second}
    second.reported = True
    assert one.pending() == [first]
    assert repr(first) == "Lease(#1 by ab, until 2.000)"


def test_a_story_does_not_grow_for_ever() -> None:
    """A frame that no worker can deliver goes out again and again."""
    one = frame()
    for _ in range(STORY_MAX):
        one.move(FrameState.LEASED)
        one.move(FrameState.QUEUED)
    assert len(one.story) == STORY_MAX
