"""How streams end: as their producer says, or without it."""

from __future__ import annotations

import pytest

from collector.actions import Emit, EndStream
from common.exits import Exit
from common.messages import Ack, Acked
from common.rows import Ending, Row, Status
from tests.unit.collector.playbook import TIMEOUT_S, WINDOW, Play, emitted, only, recovered, silent


@pytest.mark.parametrize("last", ["end", "result"])
def test_a_stream_ends_once_its_last_frame_is_out(last: str) -> None:
    """Whichever comes last, and once."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0)
    if last == "end":
        worker.results(1)
        actions = producer.end(2, "interrupted", "ctrl-c")
    else:
        assert silent(producer.end(2, "interrupted", "ctrl-c"))
        actions = worker.results(1)
    assert only(EndStream, actions) == EndStream("clip", Ending.INTERRUPTED, 2, "ctrl-c")
    assert silent(producer.end(2))


def test_a_stream_whose_last_frames_were_dropped_does_not_end_complete() -> None:
    """Its producer takes its word back before it tells of the drops; a late repetition of the first changes nothing."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0)
    assert silent(producer.end(2))
    assert silent(producer.end(2, "incomplete", "no_worker"))
    assert silent(producer.end(2))
    actions = producer.fate(1, reason="no_worker")
    assert only(EndStream, actions) == EndStream("clip", Ending.INCOMPLETE, 2, "no_worker")


def test_an_ending_that_is_being_put_on_record_stands() -> None:
    """What comes after the last row is out is too late."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    assert only(EndStream, producer.end(0)).ending is Ending.COMPLETE
    assert silent(producer.end(0, "incomplete", "no_worker"))
    play.ended()
    (facts,) = play.core.facts(play.now).streams
    assert facts.ending is Ending.COMPLETE


def test_the_end_is_acknowledged_when_it_is_on_record() -> None:
    """Not before; and again whenever it is repeated."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    assert play.to(producer, producer.end(0)) == []
    ack = Ack(producer.session, (Acked("clip", 1, 0, (), ended=True),))
    assert play.to(producer, play.ended()) == [ack]
    assert play.to(producer, producer.end(0)) == [ack]


def test_frames_past_the_end_are_not_emitted() -> None:
    """Neither those that came before it was known nor later ones."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(3)
    producer.end(2)
    worker.results(2)
    assert play.counted() == {"beyond_window": 2}
    assert only(EndStream, worker.results(0, 1)).captured == 2


def test_an_end_that_cannot_be_is_ignored() -> None:
    """More frames than its window admits: nothing is allocated from that claim."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    assert producer.end(2**48) == []
    assert producer.end(WINDOW + 1) == []
    assert play.counted() == {"end": 2}


def test_a_shorter_source_leaves_the_stream_incomplete() -> None:
    """Resumed with another file of fewer frames, it ends with what was emitted."""
    play = Play(recovered=[recovered(next_frame=5)])
    producer = play.producer()
    producer.open(resume=True)
    play.written("clip", 5)
    end = only(EndStream, producer.end(3, epoch=2))
    assert (end.ending, end.captured) == (Ending.INCOMPLETE, 5)
    assert "3 frames, 5 came out" in end.reason


def test_a_producer_that_stays_away_leaves_gaps_dropped() -> None:
    """Up to the highest frame seen; results that come meanwhile still count."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0, 3)
    play.wait(TIMEOUT_S / 2, worker)
    assert emitted(worker.results(1)) == [1]
    actions = play.wait(TIMEOUT_S / 2 + 1.1, worker)
    lost = Row("clip", 2, None, Status.DROPPED, "producer_lost")
    assert only(Emit, actions).rows == (lost, Row("clip", 3, 30, Status.OK))
    assert only(EndStream, actions) == EndStream("clip", Ending.INCOMPLETE, 4, "producer lost")


def test_an_announced_end_counts_without_its_producer() -> None:
    """The frames that it announced and nobody delivered are dropped."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0)
    producer.end(3)
    actions = play.wait(TIMEOUT_S + 1.1, worker)
    assert emitted(actions) == [1, 2]
    assert only(EndStream, actions).captured == 3


def test_a_producer_that_comes_back_in_time_loses_nothing() -> None:
    """The clock of its absence is stopped."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    play.wait(TIMEOUT_S - 1, worker)
    producer.join()
    producer.open(epoch=1)
    assert silent(play.wait(TIMEOUT_S, producer, worker))
    producer.end(1)
    assert only(EndStream, worker.results(0)).ending is Ending.COMPLETE


def test_without_a_timeout_a_stream_waits_for_ever() -> None:
    """Nothing is given up that can be resumed."""
    play = Play(timeout_s=None)
    play.open_stream(play.producer())
    assert silent(play.wait(24 * 3600))


def test_a_recovered_stream_waits_for_its_producer_too() -> None:
    """From when another has come; then it is given up with the rows that it has."""
    play = Play(recovered=[recovered(next_frame=5)])
    play.wait(TIMEOUT_S - 1)
    producer = play.producer()
    play.open_stream(producer, "other")
    assert silent(play.wait(TIMEOUT_S - 1, producer))
    assert only(EndStream, play.wait(1, producer)) == EndStream("clip", Ending.INCOMPLETE, 5, "producer lost")


def test_a_stream_whose_frames_all_failed_is_no_success() -> None:
    """It is complete, and of no use: the run's code says so, and which it was."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    producer.fate(0, 1, status="failed", reason="error")
    producer.end(2)
    play.written("clip", 2)
    play.ended()
    assert play.core._desk.verdict() == (Exit.INCOMPLETE, "every frame failed or was dropped: clip")
