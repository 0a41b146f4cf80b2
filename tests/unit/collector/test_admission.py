"""Who may open a stream and where it continues: every rule, through the core."""

from __future__ import annotations

import pytest

from collector.actions import Action, Begin
from collector.core import LINK
from collector.records import PRODUCER_LOST
from common import limits
from common.messages import Ack, Acked, Open, Opened, Reject
from common.rows import Ending
from tests.unit.collector.playbook import HEADER, JOB, TIMEOUT_S, Peer, Play, emitted, only, recovered, silent, told


def rejection(play: Play, peer: Peer, actions: list[Action]) -> str:
    """The code of the one answer, which is a rejection; nothing else happens."""
    assert silent(actions)
    return only(Reject, play.to(peer, actions)).code


def test_a_new_stream_is_open_when_its_outputs_are() -> None:
    """Begin at once, Opened when the outputs have answered."""
    play = Play()
    producer = play.producer()
    actions = producer.open()
    assert only(Begin, actions) == Begin(HEADER, 1, JOB.digest.hex(), ("person",), 0)
    assert play.to(producer, actions) == []
    assert play.to(producer, play.written("clip", 0)) == [Opened(producer.session, "clip", 1, 0, draws=False)]


def test_repeating_the_wish_begins_nothing_twice() -> None:
    """Neither before nor after the answer."""
    play = Play()
    producer = play.producer()
    producer.open()
    assert producer.open() == []
    play.written("clip", 0)
    actions = producer.open()
    assert silent(actions)
    assert play.to(producer, actions) == [Opened(producer.session, "clip", 1, 0, draws=False)]


def test_a_producer_that_reconnects_continues_where_emission_stands() -> None:
    """Same process, new session: same epoch, what is buffered counts still."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0, 1, 3)
    producer.join()
    actions = producer.open(epoch=1)
    assert silent(actions)
    assert play.to(producer, actions) == [Opened(producer.session, "clip", 1, 2, draws=False)]
    assert emitted(worker.results(2)) == [2, 3]


def test_an_epoch_that_the_stream_does_not_have_is_refused() -> None:
    """The same process cannot be two incarnations."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    assert rejection(play, producer, producer.open(epoch=2)) == "taken"


def test_a_stream_has_one_producer() -> None:
    """Another is refused for as long as the first is there, --resume or not."""
    play = Play()
    play.open_stream(play.producer())
    other = play.producer("q", b"q" * 16)
    for resume in (False, True):
        assert rejection(play, other, other.open(resume=resume)) == "taken"


def test_another_producer_continues_only_with_resume() -> None:
    """A new epoch begins where emission stands; results of the old one no longer count."""
    play = Play()
    first, worker = play.producer(), play.worker()
    play.open_stream(first)
    worker.results(0, 2)
    play.written("clip", 1)
    play.wait(2, worker)
    other = play.producer("q", b"q" * 16)
    assert rejection(play, other, other.open()) == "exists"
    begin = only(Begin, other.open(resume=True))
    assert (begin.epoch, begin.start) == (2, 1)
    assert play.to(other, play.written("clip", 1)) == [Opened(other.session, "clip", 2, 1, draws=False)]
    assert emitted(worker.results(1)) == []
    assert emitted(worker.results(1, epoch=2)) == [1], "frame 2 of the old epoch was forgotten"
    assert play.counted()["stale_epoch"] == 2


def test_what_an_earlier_producer_left_is_written_first() -> None:
    """The outputs' word on its rows is no word on the stream: its next producer would trust in what nobody recorded."""
    play = Play()
    first, worker = play.producer(), play.worker()
    play.open_stream(first)
    worker.results(0, 1)
    play.wait(2, worker)
    other = play.producer("q", b"q" * 16)
    assert silent(other.open(resume=True))
    assert play.written("clip", 1) == []
    assert only(Begin, play.written("clip", 2)).start == 2
    assert play.to(other, play.written("clip", 2)) == [Opened(other.session, "clip", 2, 2, draws=False)]


def test_an_answer_that_comes_late_is_still_the_answer() -> None:
    """A full disk: rows are emitted before the outputs have answered, and then the producer is another."""
    play = Play(recovered=[recovered(next_frame=0)])
    producer, worker = play.producer(), play.worker()
    only(Begin, producer.open(epoch=1))
    assert emitted(worker.results(0)) == [0]
    play.wait(limits.LOST_AFTER_S, worker)
    again = play.producer(instance=b"q" * 16)
    assert silent(again.open(resume=True))
    assert silent(play.written("clip", 0))
    assert only(Begin, play.written("clip", 1)).start == 1
    assert play.to(again, play.written("clip", 1)) == [Opened(again.session, "clip", 2, 1, draws=False)]


def test_the_last_of_several_producers_gets_the_stream() -> None:
    """An answer of the outputs that was meant for one which is gone opens nothing."""
    play = Play()
    play.open_stream(play.producer())
    play.wait(2)
    assert only(Begin, play.producer("q", b"q" * 16).open(resume=True)).start == 0
    play.wait(2)
    last = play.producer("q", b"r" * 16)
    assert only(Begin, last.open(resume=True)).start == 0
    assert play.written("clip", 0) == []
    assert play.to(last, play.written("clip", 0)) == [Opened(last.session, "clip", 3, 0, draws=False)]


def test_another_video_or_job_does_not_continue_a_stream() -> None:
    """Rows of two sizes are never mixed, not even with --resume."""
    play = Play(
        recovered=[
            recovered(),
        ]
    )
    producer = play.producer()
    assert rejection(play, producer, producer.open(resume=True, width=640)) == "exists"
    play = Play(recovered=[recovered(job="00" * 32)])
    producer = play.producer()
    assert rejection(play, producer, producer.open(resume=True)) == "exists"


def test_a_restarted_collector_continues_its_producers() -> None:
    """Same epoch and job: where the rows end."""
    play = Play(recovered=[recovered(epoch=3, next_frame=5)])
    producer, worker = play.producer(), play.worker()
    assert emitted(worker.results(5, epoch=3)) == [], "nothing is written before the outputs are ready"
    begin = only(Begin, producer.open(epoch=3, settled=4))
    assert (begin.epoch, begin.start) == (3, 5)
    assert play.to(producer, play.written("clip", 5)) == [Opened(producer.session, "clip", 3, 5, draws=False)]
    assert emitted(worker.results(5, epoch=3)) == [5]


def test_acknowledged_rows_that_are_missing_are_said_to_be_lost() -> None:
    """The producer cannot send them again, so nothing is pretended."""
    play = Play(recovered=[recovered(next_frame=5)])
    producer = play.producer()
    assert rejection(play, producer, producer.open(epoch=1, settled=6)) == "lost"
    play = Play(durable=True)
    producer = play.producer()
    assert rejection(play, producer, producer.open(epoch=1, settled=1)) == "lost"
    assert only(Begin, producer.open(epoch=1, settled=0)).start == 0


def test_a_new_producer_after_a_restart_needs_resume() -> None:
    """Without it the rows stay as they are."""
    play = Play(recovered=[recovered(epoch=3)])
    producer = play.producer()
    assert rejection(play, producer, producer.open()) == "exists"
    begin = only(Begin, producer.open(resume=True))
    assert (begin.epoch, begin.start) == (4, 5)


def test_a_producer_that_never_heard_of_its_epoch_survives_a_restart() -> None:
    """`Opened` was lost with the collector; there is no row that anything could be mixed with."""
    play = Play(recovered=[recovered(epoch=1, next_frame=0)])
    begin = only(Begin, play.producer().open())
    assert (begin.epoch, begin.start) == (2, 0)


def test_without_outputs_a_restarted_collector_trusts_the_producer() -> None:
    """It goes on from the first frame that is not settled, and its figures balance."""
    play = Play(durable=False)
    producer, worker = play.producer(), play.worker()
    begin = only(Begin, producer.open(epoch=2, settled=7))
    assert (begin.epoch, begin.start) == (2, 7)
    play.written("clip", 7)
    assert emitted(worker.results(7, 8, epoch=2)) == [7, 8]
    producer.end(9, epoch=2)
    play.written("clip", 9)
    play.ended()
    facts = play.core.facts(play.now).streams[0]
    assert facts.captured == sum(facts.counts.values()) == 2


def ended_at(producer: Peer, frames: int) -> Ack:
    """What a producer is told of the end of its only stream."""
    return Ack(producer.session, (Acked("clip", 1, frames, (), ended=True),))


def test_a_producer_that_missed_the_end_is_told() -> None:
    """In another session, and after a restart of the collector too."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    producer.end(0)
    play.ended()
    producer.join()
    told = [Opened(producer.session, "clip", 1, 0, draws=False), ended_at(producer, 0)]
    assert play.to(producer, producer.open(epoch=1)) == told
    play = Play(recovered=[recovered(ending=Ending.INTERRUPTED)])
    producer = play.producer()
    told = [Opened(producer.session, "clip", 1, 5, draws=False), ended_at(producer, 5)]
    assert play.to(producer, producer.open(epoch=1, settled=5)) == told
    assert play.to(producer, producer.end(5)) == [told[1]]


@pytest.mark.parametrize(
    ("ending", "reason", "resume", "epoch"),
    [
        (Ending.COMPLETE, "", False, 0),
        (Ending.COMPLETE, "", False, 2),
        (Ending.INCOMPLETE, "damaged", False, 0),
        (Ending.INCOMPLETE, PRODUCER_LOST, False, 1),
    ],
)
def test_an_ended_stream_stays_ended(ending: Ending, reason: str, resume: bool, epoch: int) -> None:  # noqa: FBT001 - a parameter of the test
    """Whoever comes without having ended it himself is refused."""
    play = Play(recovered=[recovered(ending=ending, reason=reason)])
    producer = play.producer()
    assert rejection(play, producer, producer.open(resume=resume, epoch=epoch)) == "ended"


@pytest.mark.parametrize("ending", [Ending.INCOMPLETE, Ending.INTERRUPTED])
def test_resume_continues_what_did_not_end_complete(ending: Ending) -> None:
    """In the next run, where the rows end."""
    play = Play(recovered=[recovered(ending=ending)])
    begin = only(Begin, play.producer().open(resume=True))
    assert (begin.epoch, begin.start) == (2, 5)


def test_resume_finds_a_complete_stream_complete() -> None:
    """Of several streams some may be done: that is no failure of the producer that continues the others."""
    play = Play(recovered=[recovered(ending=Ending.COMPLETE)])
    producer = play.producer()
    assert rejection(play, producer, producer.open(resume=True)) == "complete"


def test_a_lost_producer_that_comes_back_too_late_is_refused() -> None:
    """Its stream has ended without it: what it still holds must not look settled."""
    play = Play(stay=True)
    producer = play.producer()
    play.open_stream(producer)
    play.wait(TIMEOUT_S + 2)
    play.ended()
    producer.join()
    assert rejection(play, producer, producer.open(epoch=1)) == "ended"


def test_what_a_producer_says_of_its_end_is_its_own_word() -> None:
    """Also if it says what the collector says of those that stay away: it is told that its word has arrived."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    producer.end(0, "incomplete", PRODUCER_LOST)
    play.ended()
    producer.join()
    assert only(Ack, play.to(producer, producer.open(epoch=1))).streams[0].ended


def test_a_stream_that_is_being_ended_is_closing() -> None:
    """Between its last row and its ending on record nobody else may have it; who asks is told that this passes."""
    play = Play()
    play.open_stream(play.producer())
    play.wait(TIMEOUT_S + 2)
    other = play.producer("q", b"q" * 16)
    assert rejection(play, other, other.open(resume=True)) == "closing"


def test_a_stream_that_is_being_ended_is_closing_while_its_producer_lives() -> None:
    """Also for one whose predecessor is dead and not yet missed."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    producer.end(0)
    other = play.producer("q", b"q" * 16)
    assert rejection(play, other, other.open(resume=True)) == "closing"


def test_an_output_of_one_stream_refuses_a_second() -> None:
    """Also where an earlier collector left the first; that one is opened as ever."""
    for play in (Play(single=True), Play(single=True, recovered=[recovered()])):
        producer = play.producer()
        only(Begin, producer.open(resume=True))
        actions = producer.open("other")
        assert rejection(play, producer, actions) == "single"
        assert told(actions) == ["refused p: an output holds one stream: add {stream} to the name of each --output"]


def test_streams_are_bounded() -> None:
    """One more than the limit is refused."""
    play = Play()
    producer = play.producer()
    for number in range(limits.STREAMS_MAX):
        wish = Open(producer.session, f"s{number}", 0, 0, False, 8, 4, 2, (1, 30), (30, 1), 0, "", "", 0)  # noqa: FBT003
        play.core.receive(LINK, producer.address, wish, None, play.now)
    assert rejection(play, producer, producer.open("more")) == "full"
