"""Acknowledgements: only of what is written, repeated until they must have arrived."""

from __future__ import annotations

from collector.actions import Action
from common import limits
from common.messages import Ack, Acked
from tests.unit.collector.playbook import Peer, Play, told


def acks(play: Play, peer: Peer, actions: list[Action]) -> list[Acked]:
    """The acknowledgements among what was sent, whatever streams share a message."""
    return [acked for message in play.to(peer, actions) if isinstance(message, Ack) for acked in message.streams]


def test_what_is_acknowledged_is_written() -> None:
    """Emitted is not enough; what is received beyond is a hint."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    assert acks(play, producer, worker.results(0, 1, 2, 4, 5, 7)) == []
    assert acks(play, producer, play.written("clip", 2)) == [Acked("clip", 1, 2, ((2, 2), (4, 5), (7, 7)), ended=False)]


def test_a_lost_acknowledgement_is_repeated() -> None:
    """One each heartbeat for as long as the stream runs, none once it has ended."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0)
    play.written("clip", 1)
    repeated = acks(play, producer, play.wait(10 * limits.HEARTBEAT_S, producer, worker))
    assert {ack.upto for ack in repeated} == {1}
    assert 9 <= len(repeated) <= 11
    producer.end(1)
    play.ended()
    assert acks(play, producer, play.wait(1, producer, worker)) == []


def test_nobody_is_told_while_the_producer_is_away() -> None:
    """Its return is answered with what is emitted, and the next write with what is written."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0)
    play.wait(2, worker)
    assert acks(play, producer, play.written("clip", 1)) == []
    producer.join()
    producer.open(epoch=1)
    assert [ack.upto for ack in acks(play, producer, play.wait(limits.HEARTBEAT_S, producer, worker))] == [1]


def test_people_are_told_what_is_waited_for() -> None:
    """A producer, a worker, a producer that is gone, and how a stream ended."""
    play = Play()
    assert told(play.started) == ["waiting for a producer"]
    producer = play.producer()
    assert told(producer.open()) == ["stream clip: clip.mp4", "waiting for a worker"]
    assert told(play.wait(2)) == ["producer p is gone: waiting for 30 s for clip"]
    assert told(play.wait(30)) == []
    assert told(play.ended())[0] == "stream clip ended incomplete (producer lost): 0 frames"
