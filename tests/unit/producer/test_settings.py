"""Tests of producer.settings."""

from __future__ import annotations

from producer.settings import ProducerSettings
from tests.unit.producer.playbook import job


def test_without_a_segment_nothing_is_ever_marked() -> None:
    """Frames travel inline, and only Start tells what has begun."""
    settings = ProducerSettings("cam", job(), "tcp://host:1", (), 8)
    assert (settings.token, settings.shm, settings.resume, settings.timeout_s) == (b"", None, False, None)
    assert not settings.marks(0, 1, 1)
