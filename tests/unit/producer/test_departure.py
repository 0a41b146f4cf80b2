"""Tests of producer.departure, through the core: interrupted, or left alone for too long."""

from __future__ import annotations

from common import limits
from common import messages as m
from common.actions import Finish
from common.exits import Exit
from common.rows import Ending
from common.transport import SERVER
from producer.actions import StartCapture, StopCapture
from producer.patience import SAY_AFTER_S
from tests.unit.producer.playbook import Play, among, notices, opened, ref, sent, working


def test_an_interrupt_lets_what_is_under_way_finish() -> None:
    """Capture stops, the end is told, frames that come now are not counted; then it leaves with INTERRUPTED."""
    play, work = working(2)
    actions = play.interrupt()
    assert among(actions, StopCapture) == [StopCapture("a")]
    assert sent(actions, m.End) == [m.End(play.session, "a", 1, 2, "interrupted", "interrupted")]
    assert play.capture() == []
    play.done(*map(ref, work))
    last = play.ack(2, ended=True)
    assert {bye.code for bye in sent(last, m.Bye)} == {"interrupted"}
    assert play.finished is not None
    assert play.finished.code is Exit.INTERRUPTED


def test_what_does_not_finish_in_time_is_dropped() -> None:
    """With its reason; the collector's acknowledgement is awaited."""
    play, _ = working(3)
    play.interrupt()
    play.ack(1, (1, 1))
    said = play.wait(limits.DRAIN_S)
    (fate,) = sent(said, m.Fate)
    assert (fate.status, fate.reason, fate.items) == ("dropped", "interrupted", ((2, 80),))
    play.ack(3, ended=True)
    assert play.finished is not None
    assert play.finished.code is Exit.INTERRUPTED


def test_a_stream_that_had_ended_complete_is_interrupted_if_frames_had_to_be_dropped() -> None:
    """Its end is told anew."""
    play, _ = working(1)
    play.source_ended()
    assert sent(play.interrupt(), m.End) == []
    said = sent(play.wait(limits.DRAIN_S), m.End)
    assert said[-1] == m.End(play.session, "a", 1, 1, "interrupted", "interrupted")


def test_a_stream_of_which_nothing_had_to_be_dropped_stays_complete() -> None:
    """Everything is at the collector, only not written yet."""
    play, _ = working(1)
    play.source_ended()
    play.ack(0, (0, 0))
    play.interrupt()
    assert {end.ending for end in sent(play.wait(limits.DRAIN_S + 0.5), m.End)} == {"complete"}


def test_without_a_collector_it_does_not_wait_for_ever() -> None:
    """Twice the time to drain, then it leaves, and says what was not acknowledged."""
    play, _ = working(3)
    play.interrupt()
    play.wait(2 * limits.DRAIN_S, silent=[SERVER])
    assert play.finished == Finish(Exit.INTERRUPTED, "3 frames were not acknowledged")


def test_a_second_signal_drops_at_once_and_a_third_leaves() -> None:
    """Without waiting for the time to drain."""
    play, _ = working(2)
    play.interrupt()
    second = play.interrupt()
    assert len(sent(second, m.Fate)) == 1
    assert among(second, Finish) == []
    play.interrupt()
    assert play.finished is not None
    assert play.finished.code is Exit.INTERRUPTED
    assert play.interrupt() == []


def test_an_interrupt_before_anything_began_ends_it() -> None:
    """Nobody waits for streams that were never opened."""
    play = Play()
    play.start()
    play.interrupt()
    assert play.finished is not None
    assert play.finished.code is Exit.INTERRUPTED


def test_an_interrupt_waits_for_the_answer_to_an_open() -> None:
    """The stream is on record at the collector by then, and would wait there for its producer."""
    play = Play(resume=True)
    play.start()
    play.welcomed()
    assert play.interrupt() != []
    assert play.finished is None
    assert among(play.opened(first=5), StartCapture) == []
    assert sent(play.tick(), m.End) == [m.End(play.session, "a", 1, 5, "interrupted", "interrupted")]
    play.ack(5, ended=True)
    assert play.finished == Finish(Exit.INTERRUPTED, "")


def test_an_open_that_nobody_answers_is_waited_for_no_longer_than_the_drain() -> None:
    """The collector is there and says nothing of the stream."""
    play = Play()
    play.start()
    play.welcomed()
    play.interrupt()
    play.wait(limits.DRAIN_S)
    assert play.finished == Finish(Exit.INTERRUPTED, "")


def test_an_interrupt_ends_what_is_open_and_what_is_being_opened() -> None:
    """What is finished is left alone; where nothing was captured there is nothing to drain."""
    play = Play("a", "b", "c")
    play.start()
    play.welcomed()
    play.opened("a")
    play.opened("b")
    play.source_ended("a")
    play.ack(0, stream="a", ended=True)
    assert among(play.interrupt(), StopCapture) == [StopCapture("b"), StopCapture("c")]
    play.ack(0, stream="b", ended=True)
    play.opened("c")
    assert play.finished is None
    play.ack(0, stream="c", ended=True)
    assert play.finished == Finish(Exit.INTERRUPTED, "")


def test_it_says_whom_it_waits_for() -> None:
    """Once each."""
    play = Play()
    play.start()
    assert notices(play.tick(SAY_AFTER_S)) == ["waiting for a collector", "waiting for a worker"]
    assert notices(play.tick(60.0)) == []


def test_without_a_collector_in_time_it_gives_up() -> None:
    """Everything is as if it had never been."""
    play = Play(timeout_s=5.0)
    play.start()
    play.tick(4.9)
    assert play.finished is None
    play.tick(0.1)
    text = "no collector for 5 s: start one, or give its address with --collector"
    assert play.finished == Finish(Exit.TIMEOUT, text)


def test_without_a_worker_in_time_it_drops_what_was_captured() -> None:
    """The collector is told, and its acknowledgement awaited."""
    play = opened(timeout_s=5.0)
    play.capture(2)
    said = play.wait(5.0)
    (fate,) = sent(said, m.Fate)
    assert (fate.status, fate.reason) == ("dropped", "no_worker")
    assert sent(said, m.End)[0].ending == "incomplete"
    play.ack(2, ended=True)
    assert play.finished == Finish(Exit.TIMEOUT, "no worker for 5 s: start one that connects to this address")


def test_a_worker_that_loads_is_there() -> None:
    """However long it compiles; one that leaves is not, and the patience begins anew."""
    play = opened(timeout_s=5.0)
    play.join(capacity=0)
    play.credit(capacity=0, state="loading")
    play.wait(60.0)
    assert play.finished is None
    play.credit(capacity=0, state="draining")
    play.wait(4.9)
    assert play.core.upstream.streams["a"].ending is None
    play.wait(0.3)
    assert play.core.upstream.streams["a"].ending == (Ending.INCOMPLETE, "no_worker")
