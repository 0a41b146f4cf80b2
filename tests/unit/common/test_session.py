"""Tests of common.session: the machine is its table, and liveness follows the state."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.session import STORY_MAX, TRANSITIONS, Event, Session, SessionError, State


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_the_machine_is_its_table(events: list[Event]) -> None:
    """A legal move leads where the table says; an illegal one raises and changes nothing."""
    session = Session(0.0)
    state = State.HELLO
    for event in events:
        target = TRANSITIONS.get((state, event))
        if target is None:
            with pytest.raises(SessionError, match=f"{event} in state {state}"):
                session.move(event, 1.0)
        else:
            session.move(event, 1.0)
            state = target
        assert session.state is state
        assert session.is_open == (state not in {State.HELLO, State.CLOSED})


def test_a_closed_session_stays_closed() -> None:
    """Nothing leads out of CLOSED: a peer that comes back gets a session of its own."""
    assert not [move for move in TRANSITIONS if move[0] is State.CLOSED]


def test_every_state_is_reached_and_can_be_left() -> None:
    """The table has no dead end but the end."""
    assert {State.HELLO, *TRANSITIONS.values()} == set(State)
    assert {state for state, _ in TRANSITIONS} == set(State) - {State.CLOSED}


@pytest.mark.parametrize(
    ("events", "patience_s"),
    [
        ((Event.WELCOME,), limits.LOADING_LOST_AFTER_S),
        ((Event.WELCOME, Event.LOADED), limits.LOST_AFTER_S),
        ((Event.WELCOME, Event.LOADED, Event.UNLOADED), limits.LOADING_LOST_AFTER_S),
        ((Event.WELCOME, Event.LOADED, Event.DRAIN), limits.LOST_AFTER_S),
    ],
)
def test_a_peer_that_loads_may_be_silent_for_longer(events: tuple[Event, ...], patience_s: float) -> None:
    """Compiling a model may hold up a whole process; working may not."""
    session = Session(0.0)
    for event in events:
        session.move(event, 5.0)
    session.heard(7.0)
    assert session.lost_at() == 7.0 + patience_s


def test_the_next_beat_counts_from_what_was_said_last() -> None:
    """Any message is a sign of life, so a busy session sends no beats."""
    session = Session(0.0)
    session.move(Event.WELCOME, 0.0)
    session.said(3.0)
    assert session.beat_at() == 3.0 + limits.HEARTBEAT_S
    assert session.deadline() == session.beat_at()


def test_a_session_that_is_not_open_wants_no_attention() -> None:
    """Before the welcome and after the end there is nothing to keep alive."""
    session = Session(0.0)
    assert session.deadline() == float("inf")
    session.move(Event.REFUSED, 0.0)
    assert session.deadline() == float("inf")
    assert not session.is_open


def test_an_illegal_move_tells_the_story() -> None:
    """The error says how the session came to where it is."""
    session = Session(0.0)
    session.move(Event.WELCOME, 1.0)
    session.move(Event.BYE, 2.0)
    with pytest.raises(SessionError, match=r"story: \[\(1\.0, .*WELCOME.*\), \(2\.0, .*BYE"):
        session.move(Event.LOADED, 3.0)


def test_a_story_does_not_grow_for_ever() -> None:
    """A peer that says loading and ready in turn costs no memory."""
    session = Session(0.0)
    session.move(Event.WELCOME, 0.0)
    for _ in range(100):
        session.move(Event.LOADED, 0.0)
        session.move(Event.UNLOADED, 0.0)
    assert len(session.story) == STORY_MAX
    assert repr(session) == "Session(loading, heard 0.000, said 0.000)"
