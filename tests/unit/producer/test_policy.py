"""Tests of producer.policy: which waiting frames are dropped, against a naive rule over all frames that wait."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common import limits
from producer.frames import Frame, FrameState
from producer.policy import (
    LOSSLESS,
    NO_ROOM,
    OUTAGE_S,
    SUPERSEDED,
    TOO_OLD,
    FreshestLine,
    Keep,
    Line,
    MaxAgeLine,
    Policy,
    line_of,
)

MAX_AGE_S = 0.5


def frame(seq: int, captured_at: float = 0.0, attempts: int = 0) -> Frame:
    """A frame that waits."""
    one = Frame(("a", seq), 1, 0, 0, (64, 48), captured_at)
    one.attempts = attempts
    return one


def waits(one: Frame) -> bool:
    """Whether it is where it was."""
    return one.state is FrameState.QUEUED


def line(policy: Policy, *frames: Frame) -> Line:
    """A line of these frames."""
    one = line_of(policy, waits)
    for each in frames:
        one.join(each)
    return one


def told(dropped: list[tuple[Frame, str]]) -> list[tuple[int, str]]:
    """By number."""
    return [(one.key[1], reason) for one, reason in dropped]


FRESHEST = Policy(Keep.FRESHEST)
MAX_AGE = Policy(Keep.MAX_AGE, MAX_AGE_S)


def test_freshest_keeps_the_newest() -> None:
    """Whoever came back from a worker as well; nothing is due by itself."""
    one = line(FRESHEST, frame(7), frame(5, attempts=2), frame(6))
    assert told(one.victims(0.0, 0)) == [(5, SUPERSEDED), (6, SUPERSEDED)]
    assert one.victims(99.0, 0) == []
    one.join(frame(3, attempts=1))
    assert told(one.victims(99.0, 0)) == [(3, SUPERSEDED)]
    assert one.due() == math.inf


def test_a_frame_that_is_elsewhere_supersedes_none() -> None:
    """What a worker got is no reason to drop what waits."""
    newest = frame(8)
    one = line(FRESHEST, frame(7), newest)
    newest.state = FrameState.LEASED
    assert one.victims(0.0, 5) == []


def test_max_age_drops_what_waited_too_long() -> None:
    """When it is due, not before."""
    one = line(MAX_AGE, frame(5, 1.0), frame(6, 1.25), frame(4, 0.75, attempts=1))
    assert one.due() == 0.75 + MAX_AGE_S
    assert one.victims(1.2, 5) == []
    assert told(one.victims(1.5, 5)) == [(4, TOO_OLD), (5, TOO_OLD)]
    assert one.due() == 1.25 + MAX_AGE_S


def test_max_age_makes_room_for_the_next_frame() -> None:
    """By the oldest whose slot can be had, and never by the newest."""
    one = line(MAX_AGE, frame(4, attempts=1), frame(5), frame(6), frame(7))
    assert one.victims(0.1, 1) == []
    assert told(one.victims(0.1, 0)) == [(5, NO_ROOM)]
    assert told(one.victims(0.1, 0)) == [(6, NO_ROOM)]
    assert one.victims(0.1, 0) == []
    assert line(MAX_AGE, frame(4)).victims(0.1, 0) == []
    assert told(line(MAX_AGE, frame(4), frame(5, 0.4), frame(6, 0.4)).victims(0.5, 0)) == [(4, TOO_OLD)], "room enough"


@pytest.mark.parametrize(
    ("policy", "rate", "slots", "window"),
    [
        (LOSSLESS, 25, 64, 64),
        (FRESHEST, 25, 64, 25 * OUTAGE_S),
        (MAX_AGE, Fraction(1, 2), 64, 64),
        (FRESHEST, 1000, 64, limits.WINDOW_MAX_FRAMES),
        (FRESHEST, 0, 64, limits.WINDOW_MAX_FRAMES),
        (FRESHEST, Fraction(30000, 1001), 64, 1799),
    ],
)
def test_dropped_frames_are_counted_for_a_minute(policy: Policy, rate: Fraction, slots: int, window: int) -> None:
    """Within what the protocol admits."""
    assert policy.window(Fraction(rate), slots) == window


def test_a_policy_that_drops_needs_one_slot_more() -> None:
    """For the newest frame."""
    assert (LOSSLESS.drops, LOSSLESS.least_slots) == (False, 2)
    assert (FRESHEST.drops, FRESHEST.least_slots, MAX_AGE.least_slots) == (True, 3, 3)


class AgainstARule(RuleBasedStateMachine):
    """Frames come, leave, come back and grow old; both lines drop what the rule says of all that wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.frames: list[Frame] = []
        self.freshest, self.max_age = FreshestLine(self.waits), MaxAgeLine(self.waits, MAX_AGE_S)
        self.is_freshest = True

    def waits(self, one: Frame) -> bool:
        """See `line_of`."""
        return waits(one) and one in self.frames

    @property
    def line(self) -> FreshestLine | MaxAgeLine:
        """That of this history."""
        return self.freshest if self.is_freshest else self.max_age

    @precondition(lambda self: not self.frames)
    @rule()
    def be_of_max_age(self) -> None:
        """A history of the other policy."""
        self.is_freshest = False

    @rule()
    def capture(self) -> None:
        """A frame comes."""
        self.frames.append(frame(len(self.frames), self.now))
        self.line.join(self.frames[-1])

    @rule(seconds=st.sampled_from([0.1, 0.25, 0.6]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds

    @precondition(lambda self: any(map(self.waits, self.frames)))
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        """A worker gets the oldest that waits, or another one."""
        one = data.draw(st.sampled_from([one for one in self.frames if self.waits(one)]))
        one.state = FrameState.LEASED
        one.attempts += 1

    @precondition(lambda self: any(one.state is FrameState.LEASED for one in self.frames))
    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        """A worker has died."""
        one = data.draw(st.sampled_from([one for one in self.frames if one.state is FrameState.LEASED]))
        one.state = FrameState.QUEUED
        self.line.join(one)

    @rule(spare=st.integers(0, 2))
    def drop(self, spare: int) -> None:
        """What is to be dropped is dropped."""
        waiting = [one for one in self.frames if self.waits(one)]
        if self.is_freshest:
            expected = [(one, SUPERSEDED) for one in waiting[:-1]]
        else:
            expected = [(one, TOO_OLD) for one in waiting if self.now >= one.captured_at + MAX_AGE_S]
            rest = [one for one in waiting if (one, TOO_OLD) not in expected]
            if not spare and not any(one.is_untouched for one, _ in expected):
                expected += [(one, NO_ROOM) for one in rest[:-1] if one.is_untouched][:1]
        assert self.line.victims(self.now, spare) == expected
        for one, _ in expected:
            one.state = FrameState.FATED

    @invariant()
    def is_due_in_time(self) -> None:
        """Nothing that grows old is overlooked."""
        if not self.is_freshest:
            assert self.line.due() <= min(
                (one.captured_at + MAX_AGE_S for one in self.frames if self.waits(one)), default=math.inf
            )


TestAgainstARule = AgainstARule.TestCase
