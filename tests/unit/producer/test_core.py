"""Tests of producer.core: a whole producer, message in, actions out; invariants are asserted after every event."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain

import pytest

from common import limits
from common import messages as m
from common.actions import Finish, Send, Slot
from common.exits import Exit
from common.rows import Ending
from common.transport import SERVER, Outcome
from producer.actions import Action, Attend, Lend, ReadModel, StartCapture, StopCapture
from producer.core import ProducerCore
from producer.policy import Keep, Policy
from producer.service import SAMPLES_MIN
from producer.source import SourceBack, SourceLost
from producer.statistics import EVERY_S
from tests.unit.producer.playbook import (
    COLLECTOR,
    SHA256,
    Play,
    among,
    given,
    notices,
    opened,
    ref,
    sent,
    settings_of,
    worker_hello,
    working,
)


def test_a_run_from_hello_to_goodbye() -> None:
    """Opened, captured, sent, done, written, ended: everybody is told goodbye and it finishes with OK."""
    play = Play(window=4)
    assert len(sent(play.start(), m.Hello)) == 1
    assert len(sent(play.welcomed(), m.Open)) == 1
    assert play.opened() == [StartCapture("a", 0), Lend("a", (0, 1, 2, 3))]
    play.join()
    work = given(play.capture(4))
    assert [one.seq for one in work] == [0, 1, 2, 3]
    play.done(*map(ref, work))
    assert play.ack(4) == [Lend("a", (0, 1, 2, 3))]
    assert sent(play.source_ended(), m.End) == [m.End(play.session, "a", 1, 4, "complete", "")]
    last = play.ack(4, ended=True)
    assert [send.message for send in among(last, Send) if not isinstance(send.message, m.Stats)] == [
        m.Bye(play.session, "complete", ""),
        m.Bye(play.workers[b"w"], "complete", ""),
    ]
    assert play.finished == Finish(Exit.OK)
    assert play.core.deadline() == float("inf")
    assert play.tick(1.0) == []
    assert repr(play.core).startswith("ProducerCore(Upstream(")


def test_a_hello_that_no_collector_took_is_tried_again_soon() -> None:
    """The collector may begin to listen at any moment; anything else that is not sent to it waits for its timer."""
    play = Play()
    (hello,) = among(play.start(), Send)
    assert play.unsendable(hello, Outcome.FULL) == []
    assert play.tick(limits.HELLO_UNSENT_RETRY_S) == [hello]
    play.welcomed()
    assert play.unsendable(hello._replace(message=m.Beat(1)), Outcome.FULL) == []


def test_a_resumed_stream_goes_on_where_the_collector_wants() -> None:
    """Frames have the numbers they would have had."""
    play = Play(resume=True)
    play.start()
    assert sent(play.welcomed(), m.Open)[0].resume
    assert among(play.opened(epoch=2, first=30), StartCapture) == [StartCapture("a", 30)]
    play.join()
    (work,) = given(play.capture())
    assert (work.seq, work.epoch) == (30, 2)
    play.ack(31, epoch=2)
    play.source_ended()
    play.ack(31, epoch=2, ended=True)
    assert play.finished == Finish(Exit.OK)


def test_a_frame_goes_inline_from_its_slot() -> None:
    """Where the worker does not share the segment."""
    play = opened()
    play.join()
    (send,) = among(play.capture(), Send)
    assert (send.peer, send.payload) == (b"w", Slot(0))


def test_no_frame_is_sent_while_nobody_would_take_its_result() -> None:
    """Frames wait for the collector, and go out when it is there again."""
    play = opened()
    play.join(capacity=1)
    play.collector(m.Bye(play.session, "interrupted", ""))
    assert given(play.capture(2)) == []
    play.tick(limits.HELLO_RETRY_S)
    assert len(given(play.welcomed())) == 1


def test_streams_take_turns() -> None:
    """A stream with many frames does not hold up the other."""
    play = opened("a", "b", window=8)
    play.capture(4, "a")
    play.capture(4, "b")
    work = given(play.join(capacity=8))
    assert [one.stream for one in work] == ["a", "b"] * 4


def test_a_frame_captured_after_the_end_was_never_captured() -> None:
    """It has no number, and its slot stays with the decoder."""
    play = opened()
    play.capture(1)
    play.source_ended(ending=Ending.INCOMPLETE, reason="damaged")
    assert play.capture(1) == []
    assert play.core.upstream.streams["a"].captured == 1


def test_a_damaged_source_makes_the_run_incomplete() -> None:
    """Everything captured is delivered all the same."""
    play, work = working(1)
    assert notices(play.source_ended(ending=Ending.INCOMPLETE, reason="truncated")) == [
        "stream a is incomplete: truncated"
    ]
    play.done(ref(work[0]))
    play.ack(1, ended=True)
    assert play.finished == Finish(Exit.INCOMPLETE)


def test_a_rejected_stream_makes_the_run_refused() -> None:
    """After the other streams have ended."""
    play = Play("a", "b")
    play.start()
    play.welcomed()
    play.opened("b")
    actions = play.collector(m.Reject(play.session, "a", "exists", "from yesterday"))
    assert among(actions, StopCapture) == [StopCapture("a")]
    assert play.finished is None
    play.source_ended("b")
    play.ack(0, stream="b", ended=True)
    assert play.finished == Finish(Exit.REFUSED)


@pytest.mark.parametrize("code", ["job", "protocol", "role"])
def test_a_collector_that_wants_nothing_of_it_ends_the_run(code: str) -> None:
    """At once, whatever is under way; workers are told goodbye."""
    play, _ = working()
    play.collector(m.Refuse(play.session, "unknown_session", ""))
    actions = play.collector(m.Refuse(0, code, "not yours"))
    assert play.finished == Finish(Exit.REFUSED, f"the collector refuses this producer ({code}): not yours")
    assert [send.peer for send in among(actions, Send)] == [b"w"]
    assert play.collector(m.Refuse(0, code, "not yours")) == []


def test_goodbyes_are_no_longer_than_the_protocol_admits() -> None:
    """The refusal's text may be as long as that already."""
    play = opened()
    play.join()
    play.collector(m.Refuse(play.session, "unknown_session", ""))
    (bye,) = sent(play.collector(m.Refuse(0, "job", limits.TEXT_MAX_CHARS * "x")), m.Bye)
    assert len(bye.text) == limits.TEXT_MAX_CHARS


def test_a_lost_workers_frames_go_to_another() -> None:
    """Counted as sent again; with the segment only what it had marked runs alone."""
    play, work = working(4, shm=True)
    play.marked.add((work[1].slot, play.workers[b"w"], 1))
    play.join(b"x", capacity=8)
    again = given(play.lost(b"w"))
    assert [(one.seq, one.attempt) for one in again] == [(1, 2)], "an idle worker takes the suspect first, alone"
    rest = given(play.done(ref(again[0]), peer=b"x"))
    assert [(one.seq, one.attempt) for one in rest] == [(0, 2), (2, 2), (3, 2)]
    assert play.core.leases.redispatched == 4


def test_a_worker_that_cannot_be_reached_is_lost() -> None:
    """At once; a message for the collector that could not be sent is said again in time."""
    play, _ = working(2)
    play.join(b"x", capacity=8)
    (send,) = among(play.capture(), Send)
    assert given(play.unsendable(send, Outcome.FULL)) != []
    play.collector(m.Beat(play.session))
    assert play.unsendable(Send("collector", SERVER, m.Beat(play.session))) == []


def test_three_deaths_alone_are_told_as_poison() -> None:
    """The first time it had, or may have had, company; it is never sent again, and settled like any other."""
    play = opened()
    play.capture()
    actions: list[Action] = []
    for peer, alone in ((b"t", False), (b"u", True), (b"v", True), (b"w", True)):
        (work,) = given(play.join(peer))
        assert work.alone == alone
        play.started(ref(work), peer=peer)
        assert sent(actions, m.Fate) == []
        actions = play.lost(peer)
    (fate,) = sent(actions, m.Fate)
    assert (fate.status, fate.reason, fate.items) == ("failed", "poison", ((0, 0),))
    assert given(play.join(b"x")) == []
    assert play.ack(1) == [Lend("a", (0,))]


def test_three_faults_alone_are_told_as_error() -> None:
    """Faults are counted for the report, those in company too."""
    play, (work,) = working(1)
    for _ in range(limits.STRIKES_MAX):
        (work,) = given(play.fault(ref(work)))
        assert work.alone
    (fate,) = sent(play.fault(ref(work)), m.Fate)
    assert (fate.status, fate.reason) == ("failed", "error")
    assert play.core.fleet.faults == 1 + limits.STRIKES_MAX


def test_a_frame_that_is_alone_is_innocent_until_it_is_begun() -> None:
    """Workers that die before they say so, however many, are held against nothing."""
    play = opened()
    play.capture(2)
    for number in range(3 * limits.STRIKES_MAX):
        peer = b"w%d" % number
        items = given(play.join(peer, instance=number + 1))
        assert [work.seq for work in items] == ([0, 1] if number == 0 else [0])
        assert sent(play.lost(peer), m.Fate) == []
    assert [work.seq for work in given(play.join(b"last", instance=100))] == [0]


def test_a_request_that_hangs_is_told_when_its_lease_is_long_over() -> None:
    """The frame has been given to another worker by then, or to nobody: it is a suspect all the same."""
    play, (work,) = working(1)
    play.wait(10.25)
    assert play.core.leases.frames["a", 0].state == "queued"
    (again,) = given(play.fault(ref(work)))
    assert again.alone
    assert play.core.fleet.faults == 1


def test_a_lease_that_runs_out_is_sent_to_another_worker() -> None:
    """The late one gets nothing more, until it says that it holds nothing."""
    play, _ = working(4)
    play.join(b"x", capacity=4)
    again = given(play.wait(10.25), play.workers[b"x"])
    assert [one.seq for one in again] == [0, 1, 2, 3]
    play.capture(2)
    assert given(play.credit(b"w", held=4)) == []
    assert len(given(play.credit(b"w", held=0))) == 2


def test_frames_lost_on_the_way_to_the_only_worker_are_sent_to_it_again() -> None:
    """It says that it holds nothing; when the leases have run out the frames go out anew."""
    play, _ = working(4)
    seen = []
    for _ in range(11):
        play.wait(1.0)
        seen += given(play.credit(held=0))
    assert [(one.seq, one.attempt) for one in seen] == [(0, 2), (1, 2), (2, 2), (3, 2)]


def test_latency_counts_from_when_a_frame_was_decoded() -> None:
    """Preparing it is part of it, and so is what it waited to be told of."""
    play, _ = working(1)
    play.ack(1)
    slot = play.lent["a"].pop(0)
    play.core.captured("a", slot, 40, (640, 480), (0.001, 0.002), play.now, ready_at=play.now - 0.5)
    play.ack(2)
    assert play.core.upstream.streams["a"].latency.maximum == pytest.approx(0.5)


def test_the_oldest_frame_is_hedged_when_it_is_late() -> None:
    """As there is budget for one, only it; the first result settles it, and the loser's answer gives credit back."""
    play, work = working(4)
    play.join(b"x", capacity=1)
    for _ in range(SAMPLES_MIN):
        play.core.fleet.dispatcher.served(play.workers[b"w"], 0.01)
    play.ack(1)
    actions = play.wait(10.0 - 0.125)
    second = [one for one in given(actions) if one.attempt == 2]
    assert [one.seq for one in second] == [1]
    assert second == [one for one in given(actions, play.workers[b"x"]) if one.attempt == 2]
    assert (play.core.leases.hedged, play.core.leases.redispatched) == (1, 0)
    play.done(ref(second[0]), peer=b"x")
    play.ack(2)
    assert play.done(ref(work[1])) == []
    assert play.core.fleet.credits[play.workers[b"w"]].available == 1


def test_frames_of_one_turn_travel_together() -> None:
    """One message a worker and turn, in order and of at most `BATCH_MAX` frames; those with pixels go one by one."""
    play = opened(window=80)
    play.join(b"w", capacity=limits.BATCH_MAX + 2, shm=True)
    play.join(b"x", capacity=2)
    for _ in range(40):
        play.core.captured("a", play.lent["a"].pop(0), 0, (640, 480), (0.001, 0.002), play.now)
    work = sent(play.tick(), m.Work)
    frames = [[item.seq for item in one.items] for one in work if one.session == play.workers[b"w"]]
    others = [[item.seq for item in one.items] for one in work if one.session == play.workers[b"x"]]
    assert [len(batch) for batch in frames] == [limits.BATCH_MAX, 2]
    assert [len(batch) for batch in others] == [1, 1]
    flat = list(chain(*frames))
    assert flat == sorted(flat)
    assert sorted([*flat, *chain(*others)]) == list(range(limits.BATCH_MAX + 4))


def test_frames_wake_the_loop_while_a_worker_may_run_out_of_them() -> None:
    """It is said when it changes, and at first it is so."""
    play = Play()
    play.start()
    assert Attend(attends=False) in play.welcomed()
    play.opened()
    assert Attend(attends=True) in play.join(capacity=6)
    assert among(play.capture(4), Attend) == []
    assert Attend(attends=False) in play.capture(1)
    assert among(play.capture(2), Attend) == []
    assert Attend(attends=True) in play.credit(capacity=12)


def test_patience_is_said_to_everybody() -> None:
    """To workers in the welcome, to the collector with each stream: it has four times as long."""
    settings = replace(settings_of("a"), patience_ms=25)
    core = ProducerCore(settings, b"i" * 16, iter([1]).__next__)
    core.start(0.0)
    actions = core.receive("collector", SERVER, m.Welcome(5, COLLECTOR, b"", "", None, 0), None, 0.0)
    assert [wish.patience_ms for wish in sent(actions, m.Open)] == [100]
    actions = core.receive("work", b"w", worker_hello(), None, 0.0)
    assert [welcome.patience_ms for welcome in sent(actions, m.Welcome)] == [25]


def test_without_a_collector_a_hedge_is_not_overdue() -> None:
    """Nothing can be done about it, so the loop may sleep."""
    play, _ = working(1)
    play.join(b"x", capacity=1)
    play.tick()
    play.wait(9.0)
    play.collector(m.Bye(play.session, "interrupted", ""))
    play.wait(2.0, silent=[SERVER])
    play.tick()
    assert play.core.deadline() > play.now


def test_a_result_that_the_collector_never_confirms_is_computed_again() -> None:
    """A worker's word is believed for a while only."""
    play, (work,) = working(1)
    play.done(ref(work))
    again = given(play.wait(2.0))
    assert [(one.seq, one.attempt) for one in again] == [(0, 2)]


def test_what_a_hint_says_is_not_computed_but_kept() -> None:
    """Until it is written; a new collector voids it."""
    play = opened()
    play.capture(2)
    play.ack(0, (0, 1))
    assert given(play.join()) == []
    play.collector(m.Bye(play.session, "interrupted", ""))
    play.tick(limits.HELLO_RETRY_S)
    play.welcomed(b"another collecto")
    assert [one.seq for one in given(play.opened())] == [0, 1]


def test_a_drained_worker_costs_nothing() -> None:
    """It finishes what it has, gives nothing back, and its reports are believed: nothing is sent again."""
    play, work = working(4)
    play.join(b"x")
    play.credit(capacity=0, state="draining", held=4)
    play.done(*map(ref, work))
    del play.workers[b"w"], work
    play.worker(b"w", m.Bye(1, "drained", ""))
    assert given(play.wait(limits.HEARTBEAT_S)) == []
    play.ack(2, (3, 3))
    assert given(play.wait(1.0)) == []
    assert play.core.leases.redispatched == 0


def test_a_piece_of_the_model_passes_through() -> None:
    """From the worker to the edge and back."""
    play = opened()
    play.join(capacity=0)
    assert play.worker(b"w", m.Fetch(1, SHA256, 0)) == [ReadModel(1, SHA256, 0)]
    assert play.model_read(1, 0, b"abc") == [Send("work", b"w", m.Chunk(1, SHA256, 0), b"abc")]


def test_bytes_that_are_no_message_are_counted() -> None:
    """A worker of another protocol is told; a collector of another protocol tells us."""
    play = opened()
    (refusal,) = sent(play.core.garbage("work", b"w", "protocol", play.now), m.Refuse)
    assert refusal.code == "protocol"
    assert play.core.garbage("collector", b"", "protocol", play.now) == []
    assert play.core.garbage("work", b"w", "magic", play.now) == []
    assert play.core.refused == {"protocol": 2, "magic": 1}


def test_statistics_go_to_the_collector_each_second_and_at_the_end() -> None:
    """As a JSON payload; nothing is sent while it is away."""
    play, (work,) = working(1)
    (stats,) = [send for send in among(play.wait(EVERY_S), Send) if isinstance(send.message, m.Stats)]
    assert isinstance(stats.payload, bytes)
    assert set(json.loads(stats.payload)["streams"]) == {"a"}
    play.done(ref(work))
    play.source_ended()
    last = sent(play.ack(1, ended=True), m.Stats)
    assert len(last) == 1
    away = Play()
    away.start()
    assert sent(away.tick(EVERY_S), m.Stats) == []


def test_so_many_streams_that_their_statistics_do_not_fit_are_no_hindrance() -> None:
    """Counts are sent all the same."""
    play = opened(*(f"s{number}" for number in range(400)), window=800)
    assert sent(play.wait(EVERY_S), m.Stats) == [m.Stats(play.session)]


def test_a_collector_of_the_same_life_may_come_back() -> None:
    """Nothing is sent again for that."""
    play, work = working(2)
    play.done(*map(ref, work))
    play.collector(m.Refuse(play.session, "unknown_session", ""))
    play.tick(limits.HELLO_RETRY_S)
    play.welcomed(COLLECTOR)
    assert given(play.opened(first=2)) == []
    play.ack(2)
    assert play.core.leases.redispatched == 0


def test_an_outage_is_told_once_and_counted() -> None:
    """That it is away, and that it is back with another size; how long is a matter of the core's clock."""
    play = opened()
    lost = play.core.source_news(SourceLost("a", "nothing for 10 s", 10.0), play.now)
    assert notices(lost) == ["stream a: nothing for 10 s; connecting again"]
    back = play.core.source_news(SourceBack("a", 10, 20), play.now + 2.0)
    assert notices(back) == ["stream a is back after 12.0 s, now 10x20"]
    assert play.core.upstream.streams["a"].outages.figures(play.now + 3.0)["count"] == 1


def test_a_camera_that_comes_and_goes_is_told_ever_more_rarely() -> None:
    """That it is back is said where it was said that it was away; all are counted."""
    play = opened()
    told = []
    for second in range(100):
        told += notices(play.core.source_news(SourceLost("a", "it ended", 0.0), play.now + second))
        told += notices(play.core.source_news(SourceBack("a", 640, 480), play.now + second + 0.5))
    assert len(told) == 2 * (10 + 3)
    assert told[-2:] == [
        "stream a: it ended; connecting again (64 so far)",
        "stream a is back after 0.5 s",
    ]
    assert play.core.upstream.streams["a"].outages.count == 100


def test_a_policy_is_a_streams_own() -> None:
    """Beside a camera whose frames are dropped, a file waits, and has fewer slots that it must have."""
    settings = replace(settings_of("a", "b", window=2), policies={"a": Policy(Keep.FRESHEST)})
    assert {name: len(slots) for name, slots in settings.slots.items()} == {"a": 3, "b": 2}
    core = ProducerCore(settings, bytes(16), iter(range(1, 100)).__next__)
    assert core.upstream.windows["b"] == 2
    assert core.upstream.windows["a"] > 3
