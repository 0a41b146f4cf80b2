"""A producer tells whoever asks what it has and lacks, in any state, and is not changed by it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from common import limits
from common import messages as m
from common.actions import Send
from common.exits import Exit
from common.rows import Ending
from tests.unit.producer.playbook import INSTANCE, Play, given, job, opened, ref, sent, worker_hello, working
from vinofleet.schema import schema_text

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text("status")))


def ask(play: Play, worker: str = "", *, peer: bytes = b"asker", protocol: int = m.PROTOCOL) -> dict[str, Any]:
    """Ask after a moment, over a connection of its own."""
    play.now += limits.STATUS_EVERY_S
    (send,) = play.worker(peer, m.Ask(protocol, 5, worker))
    assert isinstance(send, Send)
    assert (send.link, send.peer, send.message) == ("work", peer, m.Told(5))
    assert isinstance(send.payload, bytes)
    document: dict[str, Any] = json.loads(send.payload)
    SCHEMA.validate(document)
    return document


def test_a_producer_without_anybody_says_whom_it_waits_for() -> None:
    """It answers before it has a collector or a worker."""
    play = Play("a")
    play.start()
    told = ask(play)
    assert (told["ready"], told["waits_for"], told["phase"]) == (False, ["collector", "worker"], "running")
    assert told["collector"] == {"address": "tcp://host:1", "connected": False, "for_s": 0.25, "heard_ms": None}
    assert told["instance"] == INSTANCE.hex()
    assert told["job"] == {"digest": job().digest.hex(), "model": "tiny"}
    assert [(stream["name"], stream["state"]) for stream in told["streams"]] == [("a", "opening")]
    assert told["workers"] == []


def test_a_producer_with_a_collector_and_a_ready_worker_is_ready() -> None:
    """One that loads is none yet."""
    play = opened()
    play.join()
    play.credit(state="loading", capacity=0)
    told = ask(play)
    assert (told["ready"], told["waits_for"], told["worker_states"]["loading"]) == (False, ["worker"], 1)
    play.credit()
    told = ask(play)
    assert (told["ready"], told["waits_for"]) == (True, [])
    assert told["collector"]["connected"]


def test_frames_are_counted_by_what_they_wait_for() -> None:
    """Captured are those that are settled, and those of each state."""
    play, works = working(6, capacity=4)
    play.done(ref(works[0]))
    play.ack(0, (0, 0))
    play.done(ref(works[1]))
    play.wait(0.5)
    told = ask(play)
    (stream,) = told["streams"]
    assert stream["unsettled"] == {"queued": 0, "leased": 4, "reported": 1, "hinted": 1, "fated": 0}
    assert (stream["captured"], stream["settled"], stream["window"]) == (6, 0, 8)
    frames = told["frames"]
    assert frames["captured"] == frames["settled"] + sum(stream["unsettled"].values())
    (worker,) = told["workers"]
    assert (worker["capacity"], worker["outstanding"], worker["leases"], worker["done"]) == (4, 4, 4, 2)
    assert worker["oldest_lease_s"] == pytest.approx(0.75)
    assert worker["fps"] > 0
    assert told["sent"] == 6


def test_a_settled_frame_is_not_told_twice() -> None:
    """It is forgotten, and counted."""
    play, works = working(2)
    play.done(*[ref(work) for work in works])
    play.ack(2)
    told = ask(play)
    assert told["frames"]["settled"] == 2
    assert told["streams"][0]["unsettled"] == dict.fromkeys(("queued", "leased", "reported", "hinted", "fated"), 0)
    assert told["workers"][0]["oldest_lease_s"] is None


def test_strikes_and_suspects_are_told() -> None:
    """An engine that failed on a frame is a fault of the fleet, and a strike where the frame was alone."""
    play, (work,) = working(1)
    (again,) = given(play.fault(ref(work)))
    told = ask(play)
    assert (told["faults"], told["frames"]["strikes"], told["frames"]["suspects"]) == (1, 0, 1)
    play.fault(ref(again))
    told = ask(play)
    assert (told["faults"], told["frames"]["strikes"], told["frames"]["suspects"]) == (2, 1, 1)


def test_one_worker_can_be_asked_for() -> None:
    """Then nothing is told of others, and no stream; one that is not here is not told."""
    play, _ = working()
    play.join(b"v")
    told = ask(play, "w")
    assert (told["about"], [worker["name"] for worker in told["workers"]], told["streams"]) == ("w", ["w"], [])
    assert told["left_out"] == {"streams": 0, "workers": 0}
    assert ask(play, "nobody")["workers"] == []


def test_a_full_window_and_no_worker_keep_nobody_from_asking() -> None:
    """A fleet that stands still is what people ask about."""
    play = opened(window=3)
    play.capture(3)
    assert ask(play)["streams"][0]["unsettled"]["queued"] == 3


def test_streams_end_in_words() -> None:
    """Ended is the source, finished the stream."""
    play = opened("a", "b", "c")
    play.source_ended("a", Ending.INCOMPLETE, "damaged")
    play.ack(0, stream="a", ended=True)
    play.capture(1, "b")
    play.source_ended("b")
    told = {stream["name"]: stream for stream in ask(play)["streams"]}
    assert [(told[name]["state"], told[name]["ending"]) for name in "abc"] == [
        ("finished", "incomplete"),
        ("ended", "complete"),
        ("running", None),
    ]
    assert told["a"]["reason"] == "damaged"


def test_a_stream_that_nobody_takes_says_why() -> None:
    """In the collector's words."""
    play = Play("a", "b")
    play.start()
    play.welcomed()
    play.collector(m.Reject(play.session, "a", "ended", "it is over"))
    told = ask(play)["streams"][0]
    assert (told["state"], told["reason"]) == ("rejected", "the collector does not take it (ended): it is over")


def test_a_producer_that_is_being_stopped_is_not_ready() -> None:
    """It answers to its end, and not after it."""
    play, _ = working()
    play.interrupt()
    told = ask(play)
    assert (told["ready"], told["phase"], told["waits_for"]) == (False, "draining", [])
    play.interrupt()
    play.interrupt()
    assert play.finished is not None
    play.now += 1.0
    assert play.worker(b"asker", m.Ask(m.PROTOCOL, 1, "")) == []


def test_who_only_asks_is_nobody() -> None:
    """It is no worker that is waited for, has no session, is told of no end, and keeps no run from ending."""
    play = opened(timeout_s=5.0)
    for _ in range(30):
        play.wait(0.25)
        if play.finished is None:
            ask(play)
    assert play.finished is not None
    assert play.finished.code is Exit.TIMEOUT
    other = opened()
    ask(other)
    other.source_ended()
    farewell = other.ack(0, ended=True)
    assert {send.peer for send in farewell if isinstance(send, Send)} == {b""}
    assert other.finished is not None


def test_an_answer_that_cannot_be_sent_harms_nobody() -> None:
    """Who asked is gone."""
    play, _ = working()
    (send,) = play.worker(b"asker", m.Ask(m.PROTOCOL, 1, ""))
    assert isinstance(send, Send)
    assert play.unsendable(send) == []
    assert len(play.core.fleet.registry) == 1


def test_a_question_on_the_other_link_is_not_answered() -> None:
    """The collector is not somebody who asks."""
    play = opened()
    assert sent(play.collector(m.Ask(m.PROTOCOL, 1, "")), m.Told) == []


def test_a_question_of_another_protocol_is_refused_in_words() -> None:
    """As a hello is."""
    play = opened()
    (send,) = play.core.garbage("work", b"asker", "protocol", play.now)
    assert isinstance(send, Send)
    assert isinstance(send.message, m.Refuse)
    assert f"protocol {m.PROTOCOL}" in send.message.text


def test_of_many_workers_the_first_are_told_and_all_are_counted() -> None:
    """A document has an end, and says what it lacks."""
    play = opened()
    for number in range(300):
        name = f"w{number}"
        play.core.receive("work", name.encode(), worker_hello(name, number % 256), None, play.now)
    told = ask(play)
    assert [worker["name"] for worker in told["workers"]] == [f"w{number}" for number in range(limits.STATUS_ROWS_MAX)]
    assert told["left_out"]["workers"] == 300 - limits.STATUS_ROWS_MAX
    assert told["worker_states"] == {"loading": 300, "ready": 0, "draining": 0}
    assert [worker["name"] for worker in ask(play, "w299")["workers"]] == ["w299"]
