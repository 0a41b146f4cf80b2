"""Nothing is kept of workers that are gone: a producer may serve for weeks while they die and are replaced."""

from __future__ import annotations

from producer.fleet import REPORTED_WORKERS_MAX
from tests.unit.books import held
from tests.unit.producer.playbook import Play, given, opened, ref

SPARE = 100
"""Buckets of histograms that fill as time goes by, and numbers that outgrow what the interpreter shares."""


def serve(play: Play, first: int, count: int) -> None:
    """Workers come one after the other, are given frames, answer one, and are gone without a word."""
    for number in range(first, first + count):
        peer = b"w%d" % number
        play.join(peer, instance=1 + number % 200, shm=number % 2 == 0)
        items = given(play.capture(2))
        assert items, "it was given frames"
        if number % 3 == 0:
            play.fault(ref(items[0]), peer)
        else:
            play.started(ref(items[0]), peer=peer)
            play.done(ref(items[0]), peer=peer)
        play.lost(peer)
        stream = play.core.upstream.streams["a"]
        play.ack(stream.captured)


def test_nothing_is_kept_of_workers_that_are_gone() -> None:
    """The producer holds after hundreds more what it held before."""
    play = opened(window=8)
    serve(play, 0, REPORTED_WORKERS_MAX + 250)
    early = held(play.core)
    serve(play, 2000, 300)
    assert held(play.core) <= early + SPARE
    assert len(play.core.fleet.registry) == 0
