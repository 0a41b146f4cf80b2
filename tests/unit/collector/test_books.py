"""Nothing is kept of producers and workers that are gone, but the figures of the latest."""

from __future__ import annotations

import json

from collector.told import SILENT_S
from common.messages import Stats
from tests.unit.books import held
from tests.unit.collector.playbook import Peer, Play

WARM = 1100
"""Of each, until what is kept of the latest is full: figures of 64, and words that were said."""

SPARE = 100
"""Buckets of histograms that fill as time goes by, and numbers that become large."""


def serve(play: Play, first: int, count: int) -> None:
    """A producer resumes a stream, a worker delivers a frame of it, both are gone without a word."""
    for number in range(first, first + count):
        producer = Peer(play, "producer", f"p{number}", number.to_bytes(16, "big"))
        worker = play.worker(f"w{number}")
        producer.open(resume=True)
        stream = play.core._desk.streams["clip"]
        play.written("clip", stream.buffer.next)
        producer.say(Stats(0), json.dumps({"redispatched": 1, "refused": {"kind": 1}}).encode())
        worker.results(stream.buffer.next, epoch=stream.epoch)
        play.written("clip", stream.buffer.next)
        play.wait(SILENT_S + 1.0)


def test_nothing_is_kept_of_those_who_are_gone() -> None:
    """The collector holds after hundreds more what it held before, and has counted all."""
    play = Play(timeout_s=None)
    serve(play, 0, WARM)
    timeline = play.core._tally._timeline  # grows to 600 points, see its own tests
    early = held(play.core, timeline)
    serve(play, 2000, 300)
    assert held(play.core, timeline) <= early + SPARE
    facts = play.core.facts(play.now)
    assert sum(worker.frames for worker in facts.workers) == WARM + 300
    assert facts.redispatched == facts.refused["kind"] == WARM + 300
