"""Tests of producer.settings."""

from __future__ import annotations

from fractions import Fraction

from common.rows import StreamHeader
from producer.policy import Keep, Policy
from producer.settings import ProducerSettings
from tests.unit.producer.playbook import job


def test_without_a_segment_nothing_is_ever_marked() -> None:
    """Frames travel inline, and only Start tells what has begun."""
    settings = ProducerSettings("cam", job(), "tcp://host:1", (), 8)
    assert (settings.token, settings.shm, settings.resume, settings.timeout_s) == (b"", None, False, None)
    assert not settings.marks(0, 1, 1)


def test_without_prefetching_a_stream_has_one_slot_unless_it_drops() -> None:
    """The next frame is captured when the one before is settled; the newest of a camera needs a place at any time."""
    streams = tuple(StreamHeader(name, 64, 48, Fraction(1, 25), Fraction(25)) for name in "ab")
    policies = {"b": Policy(Keep.FRESHEST)}
    settings = ProducerSettings("cam", job(), "tcp://host:1", streams, 2, policies=policies, prefetches=False)
    assert settings.slots == {"a": range(1), "b": range(1, 4)}
    ahead = ProducerSettings("cam", job(), "tcp://host:1", streams, 2, policies=policies)
    assert ahead.slots == {"a": range(2), "b": range(2, 5)}
