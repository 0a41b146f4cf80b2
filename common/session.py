"""One session with one peer: which state it is in, and whether the other side is still alive.

The same machine serves both sides; `registry.py` (bound) and `dialer.py` (connecting) drive it. Legal moves are
`TRANSITIONS`, from which docs/protocol.md's table is taken; any other raises `SessionError`.
What this file does not know: messages, sockets, and what a role does in a state.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import Final

from common import limits


class State(StrEnum):
    """Where a session stands."""

    HELLO = "hello"
    """Not admitted yet."""
    LOADING = "loading"
    """Admitted and alive, but not able to work: it fetches or compiles a model."""
    READY = "ready"
    DRAINING = "draining"
    """Finishes what it holds and takes no more."""
    CLOSED = "closed"


class Event(StrEnum):
    """What moves a session."""

    WELCOME = "welcome"
    LOADED = "loaded"
    UNLOADED = "unloaded"
    DRAIN = "drain"
    BYE = "bye"
    LOST = "lost"
    REFUSED = "refused"


TRANSITIONS: Final[dict[tuple[State, Event], State]] = {
    (State.HELLO, Event.WELCOME): State.LOADING,
    (State.HELLO, Event.REFUSED): State.CLOSED,
    (State.HELLO, Event.BYE): State.CLOSED,
    (State.LOADING, Event.LOADED): State.READY,
    (State.LOADING, Event.DRAIN): State.DRAINING,
    (State.LOADING, Event.BYE): State.CLOSED,
    (State.LOADING, Event.LOST): State.CLOSED,
    (State.LOADING, Event.REFUSED): State.CLOSED,
    (State.READY, Event.UNLOADED): State.LOADING,
    (State.READY, Event.DRAIN): State.DRAINING,
    (State.READY, Event.BYE): State.CLOSED,
    (State.READY, Event.LOST): State.CLOSED,
    (State.READY, Event.REFUSED): State.CLOSED,
    (State.DRAINING, Event.BYE): State.CLOSED,
    (State.DRAINING, Event.LOST): State.CLOSED,
    (State.DRAINING, Event.REFUSED): State.CLOSED,
}


_NEVER: Final = float("inf")

STORY_MAX: Final = 32
"""Moves that a session remembers: a peer may announce `loading` and `ready` in turn for ever."""


class SessionError(Exception):
    """An illegal move: a defect of this process, never of the peer. Carries the session's last moves."""


class Session:
    """State and liveness of one session.

    Args:
        now: monotonic seconds of this process.

    Attributes:
        state: where it stands; changed by `move`.
        is_open: whether the peer is admitted and has not left. As with `lost_after_s`, it follows from the state and is
            kept beside it, as each message and each look at the clock asks for it.
        lost_after_s: how long the peer may be silent.
        heard_at, said_at: when something last came and last went.
        opened_at: when the peer was admitted, or, before that, when this began.
    """

    __slots__ = ("heard_at", "is_open", "lost_after_s", "opened_at", "said_at", "state", "story")

    def __init__(self, now: float) -> None:
        self.state = State.HELLO
        self.is_open = False
        self.lost_after_s = limits.LOADING_LOST_AFTER_S
        self.heard_at = now
        self.said_at = now
        self.opened_at = now
        self.story: deque[tuple[float, Event, State]] = deque(maxlen=STORY_MAX)

    def __repr__(self) -> str:
        return f"Session({self.state}, heard {self.heard_at:.3f}, said {self.said_at:.3f})"

    def move(self, event: Event, now: float) -> None:
        """Make a legal move.

        Raises:
            SessionError: the table has no such move.
        """
        target = TRANSITIONS.get((self.state, event))
        if target is None:
            raise SessionError(f"{event} in state {self.state}; story: {list(self.story)}")
        if self.state is State.HELLO:
            self.opened_at = now
        self.state = target
        self.is_open = target is not State.CLOSED
        ready = target in {State.READY, State.DRAINING}
        self.lost_after_s = limits.LOST_AFTER_S if ready else limits.LOADING_LOST_AFTER_S
        self.story.append((now, event, target))

    def heard(self, now: float) -> None:
        """Note a sign of life of the peer."""
        self.heard_at = now

    def said(self, now: float) -> None:
        """Note that the peer was given a sign of life."""
        self.said_at = now

    def beat_at(self) -> float:
        """When the peer is next owed a sign of life."""
        return self.said_at + limits.HEARTBEAT_S

    def lost_at(self) -> float:
        """When the peer counts as lost if nothing is heard of it until then."""
        return self.heard_at + self.lost_after_s

    def deadline(self) -> float:
        """When this session next wants to be looked at; infinite unless it is open."""
        if not self.is_open:
            return _NEVER
        return min(self.said_at + limits.HEARTBEAT_S, self.heard_at + self.lost_after_s)
