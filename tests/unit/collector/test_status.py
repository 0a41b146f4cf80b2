"""A collector tells whoever asks what it has and lacks, in any state, and is not changed by it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from collector.actions import Attach
from collector.status import FULL, SLOW
from common import limits
from common.actions import Finish, Send
from common.messages import PROTOCOL, Ask, Told
from tests.unit.collector.playbook import OFFER, TIMEOUT_S, Play, only, silent
from vinofleet.schema import schema_text

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text("status")))


def ask(play: Play, worker: str = "") -> dict[str, Any]:
    """Ask after a moment, over a connection of its own."""
    play.now += limits.STATUS_EVERY_S
    send = only(Send, play.receive(b"asker", Ask(PROTOCOL, 5, worker)))
    assert (send.link, send.peer, send.message) == ("peers", b"asker", Told(5))
    assert isinstance(send.payload, bytes)
    document: dict[str, Any] = json.loads(send.payload)
    SCHEMA.validate(document)
    return document


def test_a_collector_without_a_producer_waits_for_one() -> None:
    """A worker is not enough."""
    play = Play()
    play.worker()
    told = ask(play)
    assert (told["ready"], told["waits_for"], told["phase"]) == (False, ["producer"], "running")
    assert (told["producers"], told["streams"]) == ([], [])


def test_a_collector_with_a_producer_is_ready() -> None:
    """Its peers are told by name."""
    play = Play()
    producer = play.producer("cam")
    play.open_stream(producer)
    play.worker("w")
    told = ask(play)
    assert (told["ready"], told["waits_for"]) == (True, [])
    assert [(one["name"], one["streams"]) for one in told["producers"]] == [("cam", 1)]
    assert [(one["name"], one["device"], one["frames"]) for one in told["workers"]] == [("w", "CPU", 0)]


def test_frames_are_counted_by_where_they_are() -> None:
    """Written, in order and not written, received and not in order."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0, 1, 2, 4)
    play.written("clip", 2)
    told = ask(play)
    assert told["frames"] == {"written": 2, "emitted": 1, "received": 1, "ok": 3, "failed": 0, "dropped": 0}
    (stream,) = told["streams"]
    assert (stream["state"], stream["next"], stream["written"], stream["received"]) == ("open", 3, 2, 1)
    assert (stream["captured"], stream["expected"], stream["producer"]) == (None, 100, "p")
    (one,) = told["workers"]
    assert one["frames"] == 3
    assert told["fps"] == one["fps"] == stream["fps"] > 0


def test_duplicates_and_refusals_are_told() -> None:
    """Each by its reason; a duplicate is no refusal."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(1)
    worker.results(1)
    worker.results(0, stream="another")
    told = ask(play)
    assert (told["duplicates"], told["refused"]) == (1, {"unknown_stream": 1})


def test_an_output_that_takes_nothing_makes_it_unready() -> None:
    """And says which of both it is, since when."""
    play = Play()
    play.producer()
    for state, lacks in ((FULL, "room"), (SLOW, "output")):
        play.core.stalled(state, play.now)
        told = ask(play)
        assert (told["ready"], told["waits_for"]) == (False, [lacks])
        assert told["writing"] == {"state": state, "for_s": 0.25}
    play.core.stalled("ok", play.now)
    assert ask(play)["ready"]


def test_a_stream_whose_producer_is_gone_says_how_long_it_is_waited_for() -> None:
    """And has no producer."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    play.wait(limits.LOST_AFTER_S)
    (stream,) = ask(play)["streams"]
    assert stream["producer"] == ""
    assert stream["given_up_in_s"] == TIMEOUT_S - limits.STATUS_EVERY_S


def test_originals_are_told_where_they_are_wanted() -> None:
    """How far they have come."""
    play = Play(draws=True)
    producer = play.producer()
    play.open_stream(producer)
    play.attached(only(Attach, producer.show(OFFER)))
    producer.picture(0, 1, slot=1)
    assert ask(play)["streams"][0]["pictured"] == 2


def test_an_ended_stream_says_how() -> None:
    """With the number of its frames."""
    play = Play(stay=True)
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0)
    producer.end(1, "incomplete", "it is damaged")
    play.written("clip", 1)
    play.ended()
    (stream,) = ask(play)["streams"]
    assert (stream["state"], stream["captured"], stream["ending"]) == ("ended", 1, "incomplete")
    assert stream["reason"] == "it is damaged"


def test_one_worker_can_be_asked_for() -> None:
    """Then nothing is told of others, and no stream."""
    play = Play()
    play.open_stream(play.producer())
    play.worker("v")
    play.worker("w")
    told = ask(play, "w")
    assert ([one["name"] for one in told["workers"]], told["streams"], told["producers"]) == (["w"], [], [])
    assert ask(play, "nobody")["workers"] == []


def test_a_collector_that_is_being_stopped_answers() -> None:
    """As long as it is there; it is not ready."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(0)
    play.interrupt()
    told = ask(play)
    assert (told["ready"], told["phase"]) == (False, "draining")
    play.interrupt()
    assert play.receive(b"asker", Ask(PROTOCOL, 1, "")) == []


def test_who_only_asks_is_nobody() -> None:
    """It is no producer that is waited for, and keeps no run from ending."""
    play = Play()
    for _ in range(int(TIMEOUT_S) - 2):
        assert silent(play.wait(1.0 - limits.STATUS_EVERY_S))
        assert ask(play)["workers"] == []
    assert any(isinstance(action, Finish) for action in play.wait(3.0))
