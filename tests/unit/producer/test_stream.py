"""Tests of producer.stream."""

from __future__ import annotations

from common.rows import Ending
from producer.stream import STAGES, Stream
from tests.unit.producer.playbook import header


def test_a_stream_begins_where_the_collector_wants() -> None:
    """Before that it has not started; then it has an epoch, and nothing to settle."""
    assert Stream(header("a")).is_started is False
    stream = Stream(header("a"))
    stream.begin(3, 40)
    assert stream.is_started
    assert (stream.epoch, stream.captured, stream.settled, stream.oldest) == (3, 40, 40, ("a", 40))
    assert tuple(stream.stages) == STAGES


def test_its_repr_is_its_state() -> None:
    """Open, ending, finished."""
    stream = Stream(header("a"))
    stream.begin(1, 0)
    assert repr(stream) == "Stream(a epoch 1, open, settled 0 of 0)"
    stream.ending = (Ending.COMPLETE, "")
    assert "ending (<Ending.COMPLETE" in repr(stream)
    stream.finished = True
    assert repr(stream) == "Stream(a epoch 1, finished, settled 0 of 0)"
