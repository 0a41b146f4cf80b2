"""Tests of producer.queues: the oldest first, streams in turn, suspects apart, and nobody forgotten."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from producer.frames import Frame, FrameState, Key
from producer.queues import Queues


def frame(stream: str, seq: int, captured_at: float = 0.0) -> Frame:
    """A captured frame."""
    return Frame((stream, seq), 1, 0, 0, (64, 48), captured_at)


def queues(*waiting: Frame) -> Queues:
    """With these frames waiting."""
    one = Queues({each.key: each for each in waiting})
    for each in waiting:
        one.push(each)
    return one


def taken(one: Queues) -> list[Key]:
    """Everything that is not suspect, in turn."""
    keys = []
    while (popped := one.pop_ordinary()) is not None:
        popped.state = FrameState.LEASED
        keys.append(popped.key)
    return keys


def test_streams_take_turns_and_each_sends_its_oldest() -> None:
    """A frame sent again does not wait behind the window, a busy stream not before a quiet one."""
    one = queues(frame("a", 2), frame("a", 1), frame("a", 3), frame("b", 9))
    assert repr(one) == "Queues({'a': 3, 'b': 1}, 0 suspects)"
    assert taken(one) == [("a", 1), ("b", 9), ("a", 2), ("a", 3)]


def test_frames_that_left_by_another_way_are_passed_over() -> None:
    """Settled ones are unknown, hinted ones are not waiting."""
    settled, hinted, other = frame("a", 0), frame("a", 1), frame("a", 2)
    frames = {each.key: each for each in (settled, hinted, other)}
    one = Queues(frames)
    for each in (settled, hinted, other):
        one.push(each)
    del frames[settled.key]
    hinted.state = FrameState.HINTED
    assert taken(one) == [other.key]


def test_suspects_wait_apart_the_oldest_first() -> None:
    """They are no part of the ordinary queue."""
    young, old, other = frame("a", 1, 5.0), frame("b", 0, 4.0), frame("a", 0)
    young.deaths.append(b"x")
    old.suspected_by.append(b"x")
    one = queues(young, old, other)
    assert taken(one) == [other.key]
    assert one.peek_suspect() is old
    one.pop_suspect()
    assert one.peek_suspect() is young


def test_a_suspect_that_is_cleared_while_it_waits_changes_queues() -> None:
    """It need not wait for an idle worker any more, and is taken once."""
    one_frame = frame("a", 0)
    one_frame.deaths.append(b"x")
    one = queues(one_frame)
    one_frame.deaths.clear()
    one.push(one_frame)
    assert one.peek_suspect() is None
    assert taken(one) == [one_frame.key]


def test_an_old_entry_of_a_frame_that_is_a_suspect_now_is_passed_over() -> None:
    """A suspect never comes out of the ordinary queue."""
    one_frame = frame("a", 0)
    one = queues(one_frame)
    one_frame.deaths.append(b"x")
    one.push(one_frame)
    assert taken(one) == []
    assert one.peek_suspect() is one_frame


def test_a_suspect_that_left_is_forgotten() -> None:
    """Hinted meanwhile, it does not run."""
    one_frame = frame("a", 0)
    one_frame.deaths.append(b"x")
    one = queues(one_frame)
    one_frame.state = FrameState.HINTED
    assert one.peek_suspect() is None


STREAMS = st.sampled_from("abc")


class AgainstASet(RuleBasedStateMachine):
    """Frames wait, are taken, return, leave and come under suspicion; the queues offer whom a plain set offers."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: dict[Key, Frame] = {}
        self.queues = Queues(self.frames)
        self.seq = 0

    @rule(stream=STREAMS)
    def capture(self, stream: str) -> None:
        """A new frame waits."""
        self.seq += 1
        one = frame(stream, self.seq, float(self.seq))
        self.frames[one.key] = one
        self.queues.push(one)

    @rule()
    def take(self) -> None:
        """The oldest unsuspected frame of some stream is taken."""
        waiting = [one for one in self.waiting() if not one.is_suspect]
        one = self.queues.pop_ordinary()
        assert (one is None) == (not waiting)
        if one is not None:
            assert one is min((other for other in waiting if other.key[0] == one.key[0]), key=lambda each: each.key)
            one.state = FrameState.LEASED

    @rule()
    def take_suspect(self) -> None:
        """The oldest suspect of all is taken."""
        waiting = [one for one in self.waiting() if one.is_suspect]
        one = self.queues.peek_suspect()
        assert (one is None) == (not waiting)
        if one is not None:
            assert one is min(waiting, key=lambda each: each.captured_at)
            self.queues.pop_suspect()
            one.state = FrameState.LEASED

    @precondition(lambda self: self.others())
    @rule(data=st.data(), suspect=st.booleans())
    def bring_back(self, data: st.DataObject, suspect: bool) -> None:  # noqa: FBT001
        """A frame that was elsewhere waits again."""
        one = data.draw(st.sampled_from(self.others()))
        one.state = FrameState.QUEUED
        if suspect:
            one.deaths.append(b"x")
        self.queues.push(one)

    @precondition(lambda self: self.waiting())
    @rule(data=st.data(), known=st.booleans())
    def leave(self, data: st.DataObject, known: bool) -> None:  # noqa: FBT001
        """A waiting frame is hinted, or settled."""
        one = data.draw(st.sampled_from(self.waiting()))
        if known:
            one.state = FrameState.HINTED
        else:
            del self.frames[one.key]

    @rule()
    def absolve(self) -> None:
        """Nobody is suspect any more."""
        for one in self.frames.values():
            was_suspect = one.is_suspect
            one.deaths.clear()
            if was_suspect and one.state is FrameState.QUEUED:
                self.queues.push(one)

    def teardown(self) -> None:
        """Whoever waits in the end comes out, once."""
        expected = {one.key for one in self.waiting()}
        found = taken(self.queues)
        while (one := self.queues.peek_suspect()) is not None:
            self.queues.pop_suspect()
            one.state = FrameState.LEASED
            found.append(one.key)
        assert sorted(found) == sorted(expected)

    def waiting(self) -> list[Frame]:
        """Every frame that is QUEUED."""
        return [one for one in self.frames.values() if one.state is FrameState.QUEUED]

    def others(self) -> list[Frame]:
        """Every frame that is not."""
        return [one for one in self.frames.values() if one.state is not FrameState.QUEUED]


TestAgainstASet = AgainstASet.TestCase
