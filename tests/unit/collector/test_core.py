"""The collector core: who is admitted, and when it is over."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from collector.actions import Action
from collector.core import GRACE_S, LINK, RETURN_S
from common import limits
from common.actions import Finish, Send
from common.exits import Exit
from common.messages import Ack, Acked, Beat, Bye, Hello, Refuse, Stats, Welcome
from common.rows import Ending, Status
from common.transport import Outcome
from tests.unit.collector.playbook import JOB, TIMEOUT_S, Peer, Play, emitted, only, recovered, sent, silent


def complete(play: Play, producer: Peer, stream: str = "clip") -> None:
    """Open a stream and end it without a frame."""
    play.open_stream(producer, stream)
    producer.end(0, stream=stream)
    play.ended(stream)


def finished(actions: list[Action]) -> Exit:
    """The exit code of the one Finish, which comes last."""
    assert actions[-1] == only(Finish, actions)
    return only(Finish, actions).code


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_worker_is_welcome() -> None:
    """Without a job: it has many."""
    play = Play()
    hello = Hello(1, "worker", "w", b"w" * 16, b"", ())
    welcome = only(Welcome, sent(play.receive(b"1", hello)))
    assert (welcome.instance, welcome.job, welcome.collector, welcome.shm) == (b"c" * 16, b"", "", None)


@pytest.mark.parametrize(
    ("job", "payload"),
    [(JOB.digest, None), (b"x" * 32, JOB.canonical), (b"", JOB.canonical)],
    ids=["no document", "other digest", "no digest"],
)
def test_a_producer_proves_its_job(job: bytes, payload: bytes | None) -> None:
    """Its digest is that of the document it shows."""
    play = Play()
    refuse = only(Refuse, sent(_hello(play, job, payload)))
    assert refuse.code == "job"
    assert play.counted() == {"job": 1}


def test_a_document_that_is_none_is_refused() -> None:
    """Even where the digest fits."""
    play = Play()
    refuse = only(Refuse, sent(_hello(play, hashlib.sha256(b"{}").digest(), b"{}")))
    assert refuse.code == "job"


def test_a_name_belongs_to_one_process() -> None:
    """The second is refused and counted."""
    play = Play()
    play.producer("p")
    actions = play.receive(b"x", Hello(1, "worker", "p", b"q" * 16, b"", ()))
    assert only(Refuse, sent(actions)).code == "name_taken"
    assert play.counted() == {"name_taken": 1}


def test_garbage_is_counted_and_another_version_answered() -> None:
    """The one thing that is owed an answer."""
    play = Play()
    assert play.checked(play.core.garbage(LINK, b"x", "msgpack", play.now)) == []
    answer = only(Send, play.checked(play.core.garbage(LINK, b"x", "protocol", play.now)))
    assert isinstance(answer.message, Refuse)
    assert (answer.peer, answer.message.code) == (b"x", "protocol")
    assert play.counted() == {"msgpack": 1, "protocol": 1}


def test_a_silent_peer_is_given_a_sign_of_life() -> None:
    """Each heartbeat."""
    play = Play()
    worker = play.worker()
    beats = [m for m in play.to(worker, play.wait(1, worker)) if isinstance(m, Beat)]
    assert len(beats) == 1 / limits.HEARTBEAT_S


def test_a_connection_that_is_gone_ends_its_session() -> None:
    """At once, so that the producer's return finds the stream free; a full queue ends nothing."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    send = Send(LINK, producer.address, Beat(producer.session))
    play.checked(play.core.send_failed(send, Outcome.FULL, play.now))
    other = play.producer("q", b"q" * 16)
    assert silent(other.open(resume=True))
    play.checked(play.core.send_failed(send, Outcome.GONE, play.now))
    assert not silent(other.open(resume=True))


def test_what_a_role_may_not_say_is_counted() -> None:
    """A worker opens nothing."""
    play = Play()
    assert play.worker().open() == []
    assert play.counted() == {"role": 1}


# --- the end ----------------------------------------------------------------------------------------------------------


def test_it_is_over_when_the_last_producer_leaves() -> None:
    """At once, with a goodbye to the workers."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    complete(play, producer)
    assert silent(play.wait(10, producer, worker)), "its last figures may still come"
    actions = producer.say(Bye(0, "complete", ""))
    assert play.to(worker, actions) == [Bye(worker.session, "complete", "")]
    assert finished(actions) is Exit.OK
    assert play.core.deadline() == float("inf")
    assert worker.results(0) == play.wait(60) == []


def test_a_lost_producer_has_a_moment_to_hear_of_the_end() -> None:
    """Its stream ended by a late result; it comes back, is told, and leaves."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    producer.end(1)
    play.wait(2, worker)
    worker.results(0)
    play.written("clip", 1)
    assert silent(play.ended())
    play.wait(GRACE_S / 2, worker)
    producer.join()
    producer.open(epoch=1)
    assert silent(play.wait(GRACE_S, producer, worker))
    assert finished(producer.say(Bye(0, "complete", ""))) is Exit.OK


def test_a_lost_producer_is_not_waited_for_longer() -> None:
    """Where everything is on record."""
    play = Play()
    complete(play, play.producer())
    assert finished(play.wait(limits.LOST_AFTER_S + GRACE_S + 0.1)) is Exit.OK


@pytest.mark.parametrize(
    ("endings", "code"),
    [
        (("complete", "complete"), Exit.OK),
        (("complete", "incomplete"), Exit.INCOMPLETE),
        (("incomplete", "interrupted"), Exit.INTERRUPTED),
    ],
)
def test_the_worst_ending_decides(endings: tuple[str, str], code: Exit) -> None:
    """Interrupted before incomplete before complete."""
    play = Play()
    producer = play.producer()
    for stream, ending in zip("ab", endings, strict=True):
        play.open_stream(producer, stream)
        producer.end(0, ending, stream=stream)
        play.ended(stream)
    assert finished(producer.say(Bye(0, "complete", ""))) is code


def test_all_streams_are_waited_for() -> None:
    """Also one that an earlier collector left open."""
    play = Play(recovered=[recovered()], timeout_s=None)
    producer = play.producer()
    complete(play, producer, "other")
    assert silent(producer.say(Bye(0, "complete", "")))
    assert silent(play.wait(1000))


def test_with_stay_it_goes_on() -> None:
    """Until it is interrupted, which then is no failure."""
    play = Play(stay=True)
    producer = play.producer()
    complete(play, producer)
    producer.say(Bye(0, "complete", ""))
    assert silent(play.wait(1000))
    assert finished(play.interrupt()) is Exit.OK


def test_a_producer_that_never_comes_ends_it() -> None:
    """Where a timeout was given; workers do not count."""
    play = Play()
    worker = play.worker()
    assert silent(play.wait(TIMEOUT_S - 1, worker))
    actions = play.wait(2, worker)
    assert finished(actions) is Exit.TIMEOUT
    assert only(Finish, actions).text == "no producer came within 30 s: start one whose --collector is this address"


def test_recovered_streams_stay_resumable_when_nobody_comes() -> None:
    """No ending is put on record for them."""
    play = Play(recovered=[recovered()])
    assert finished(play.wait(TIMEOUT_S + 1)) is Exit.TIMEOUT


def test_a_restart_after_the_last_end_is_over_once_the_producer_knows() -> None:
    """Nothing is left to emit, so it does not wait for more."""
    play = Play(recovered=[recovered(ending=Ending.COMPLETE)], timeout_s=None)
    producer = play.producer()
    producer.open(epoch=1, settled=5)
    assert finished(producer.say(Bye(0, "complete", ""))) is Exit.OK


def test_a_restart_after_the_last_end_does_not_wait_for_a_producer_that_has_left() -> None:
    """It gives one that does not know of the end the time to come back, and concludes with what is on record."""
    play = Play(recovered=[recovered(ending=Ending.INCOMPLETE)], over=True, timeout_s=None)
    assert silent(play.wait(RETURN_S - 0.1))
    assert finished(play.wait(0.1)) is Exit.INCOMPLETE
    told = Play(recovered=[recovered(ending=Ending.COMPLETE)], over=True, timeout_s=None)
    producer = told.producer()
    assert silent(told.wait(RETURN_S + 1, producer))
    producer.open(epoch=1, settled=5)
    assert finished(producer.say(Bye(0, "complete", ""))) is Exit.OK


def test_a_restart_after_the_last_end_stays_if_it_is_to_and_ends_as_the_run_did() -> None:
    """An interrupt is no failure then."""
    play = Play(recovered=[recovered(ending=Ending.COMPLETE)], over=True, timeout_s=None, stay=True)
    assert silent(play.wait(1000))
    assert finished(play.interrupt()) is Exit.OK


def test_a_run_that_is_resumed_with_nothing_left_to_do_is_over() -> None:
    """Its producer is told so and leaves, and nobody else will come."""
    play = Play(recovered=[recovered(ending=Ending.COMPLETE)], timeout_s=None)
    producer = play.producer()
    producer.open(resume=True)
    assert finished(producer.say(Bye(0, "complete", ""))) is Exit.OK


def test_what_was_left_of_a_run_is_waited_for_from_the_first_who_comes() -> None:
    """Also if what that one wants is complete."""
    other = recovered()
    other = replace(other, header=replace(other.header, name="other"))
    play = Play(recovered=[recovered(ending=Ending.COMPLETE), other])
    producer = play.producer()
    producer.open(resume=True)
    assert silent(producer.say(Bye(0, "complete", "")))
    play.wait(TIMEOUT_S + 1)
    play.ended("other")
    assert finished(play.wait(GRACE_S + 0.1)) is Exit.INCOMPLETE


def test_without_a_timeout_it_waits_for_ever() -> None:
    """And needs not be woken for it."""
    play = Play(timeout_s=None)
    assert play.core.deadline() == float("inf")


def test_an_output_that_fails_ends_it() -> None:
    """Everybody is told why."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    actions = play.checked(play.core.sink_failed("no space left", play.now))
    assert play.to(producer, actions) == [Bye(producer.session, "error", "no space left")]
    assert only(Finish, actions) == Finish(Exit.OUTPUT, "no space left")
    assert play.core.written({"clip": 1}, play.now) == play.core.ended("clip", play.now) == play.interrupt() == []


# --- interrupt --------------------------------------------------------------------------------------------------------


def test_an_interrupt_waits_for_what_was_emitted() -> None:
    """Emits nothing more, acknowledges what gets written, and leaves the stream open."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0, 1)
    assert play.interrupt() == []
    assert worker.results(2) == producer.end(2) == []
    actions = play.written("clip", 2)
    ack = Ack(producer.session, (Acked("clip", 1, 2, (), ended=False),))
    assert play.to(producer, actions) == [ack, Bye(producer.session, "interrupted", "")]
    assert finished(actions) is Exit.INTERRUPTED
    assert play.core.facts(play.now).streams[0].ending is None


def test_an_interrupt_admits_nobody() -> None:
    """Who comes meanwhile is to try again."""
    play = Play()
    play.producer().open()
    play.interrupt()
    actions = play.receive(b"x", Hello(1, "worker", "w", b"w" * 16, b"", ()))
    assert only(Refuse, sent(actions)).code == "closing"


def test_a_stuck_disk_does_not_hold_an_interrupt() -> None:
    """After a while, or at the second, it ends."""
    for again in (False, True):
        play = Play()
        producer, worker = play.producer(), play.worker()
        play.open_stream(producer)
        worker.results(0)
        play.interrupt()
        assert silent(play.wait(limits.DRAIN_S / 2, producer, worker))
        actions = play.interrupt() if again else play.wait(limits.DRAIN_S / 2, producer, worker)
        assert finished(actions) is Exit.INTERRUPTED


def test_an_interrupt_with_nothing_to_write_is_immediate() -> None:
    """Before any stream."""
    assert finished(Play().interrupt()) is Exit.INTERRUPTED


# --- facts ------------------------------------------------------------------------------------------------------------


def test_facts_are_what_happened() -> None:
    """Frames by outcome, workers, stages on each clock, and the producers' own figures."""
    play = Play()
    producer, first, second = play.producer(), play.worker("w1"), play.worker("w2")
    play.open_stream(producer)
    first.results(1)
    play.now += 0.5
    second.results(0)
    producer.fate(2, status="failed", reason="poison")
    for latency in (5.0, 10.0):
        stats = {
            "streams": {"clip": {"latency_ms": {"p50": latency}, "stages_ms": {"decode": {"p50": 2.0}}}},
            "redispatched": 1,
            "transport": {"w1": "shm", "w2": "inline"},
            "refused": {"job": 2},
            "recent": {"frames": 2, "latency_ms": {"p50": latency, "p95": latency, "max": latency}},
        }
        producer.say(Stats(0), json.dumps(stats).encode())
    producer.say(Stats(0), b"[]")
    producer.end(3)
    play.written("clip", 3)
    play.ended()
    facts = play.core.facts(play.now)
    assert (facts.seconds, facts.fps, facts.transport) == (0.5, 0.0, "mixed")
    assert (facts.redispatched, facts.duplicates, facts.refused) == (1, 0, {"job": 2, "stats": 1})
    assert [(worker.name, worker.device, worker.transport, worker.frames) for worker in facts.workers] == [
        ("w2", "CPU", "inline", 1),
        ("w1", "CPU", "shm", 1),
    ]
    assert facts.latency_ms == {"p50": 10.0}
    assert set(facts.stages_ms) == {"decode", "worker_wait", "infer", "reorder"}
    assert facts.stages_ms["infer"]["max"] == pytest.approx(5.0)
    assert facts.stages_ms["reorder"]["max"] == pytest.approx(500)
    (clip,) = facts.streams
    assert (clip.ending, clip.captured, sum(clip.counts.values())) == (Ending.COMPLETE, 3, 3)
    assert (clip.latency_ms, clip.stages_ms) == ({"p50": 10.0}, {"decode": {"p50": 2.0}})
    (first_point, last_point) = facts.timeline
    assert (first_point.workers, first_point.statuses[Status.OK]) == ({}, 0)
    assert (last_point.workers, last_point.statuses[Status.FAILED]) == ({"w1": 1, "w2": 1}, 1)
    assert (last_point.settled, last_point.latency_ms) == (4, {"p50": 7.5, "p95": 7.5, "max": 10.0})


def test_fps_counts_from_the_first_frame_to_the_last() -> None:
    """Waiting for a worker to load its model is no part of it."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    play.now += 0.5
    for seq in range(3):
        play.now += 0.25
        worker.results(seq)
    facts = play.core.facts(play.now)
    assert facts.fps == pytest.approx(4.0)
    assert facts.streams[0].fps == facts.workers[0].fps == facts.fps


def test_facts_of_a_resumed_run_count_all_rows() -> None:
    """Those of the earlier run too; the rate counts this run's."""
    play = Play(recovered=[recovered(next_frame=5)])
    producer, worker = play.producer(), play.worker()
    producer.open(resume=True)
    play.written("clip", 5)
    assert emitted(worker.results(5, epoch=2)) == [5]
    facts = play.core.facts(play.now)
    assert [worker.frames for worker in facts.workers] == [1]
    assert (facts.streams[0].captured, facts.streams[0].resumed_at, facts.streams[0].epoch) == (6, 5, 2)


def _hello(play: Play, job: bytes, payload: bytes | None) -> list[Action]:
    return play.receive(b"x", Hello(1, "producer", "p", b"p" * 16, job, ()), payload)
