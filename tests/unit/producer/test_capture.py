"""The thread that fills slots, with sources that are made for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
import pytest

from common.counter import read_stamp
from common.errors import InputError
from common.job import InputSpec
from common.rows import Ending, StreamHeader
from producer.capture import Capture, Captured, CaptureEnded, CaptureEvent
from producer.source import RawFrame, Source
from producer.sources import open_source

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATIENCE_S = 10.0
SPEC = InputSpec("pixels", 64, 48, "i420", "BGR", "stretch")


class Bench:
    """A capture over three slots, and what it reports."""

    def __init__(self, source: Source) -> None:
        self.events: SimpleQueue[CaptureEvent] = SimpleQueue()
        self.slots = np.zeros((3, SPEC.nbytes), np.uint8)
        self.capture = Capture(source, SPEC, self.pixels, self.events.put)

    def pixels(self, slot: int) -> NDArray[np.uint8]:
        """The memory of a slot."""
        view: NDArray[np.uint8] = self.slots[slot]
        return view

    def next(self) -> CaptureEvent:
        """What it reports next."""
        return self.events.get(timeout=PATIENCE_S)


class Broken:
    """A source that gives one frame and then fails as it is told to."""

    header = StreamHeader("broken", 64, 48, Fraction(1, 25), Fraction(25))
    ending = Ending.COMPLETE
    ending_reason = ""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.closed = threading.Event()

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `Source.frames`."""
        yield from open_source("synthetic://counter?frames=1", "broken").frames(first)
        raise self.error

    def close(self) -> None:
        """See `Source.close`."""
        self.closed.set()


def counter(frames: int) -> Source:
    """A synthetic source named `s`."""
    return open_source(f"synthetic://counter?frames={frames}&size=640x480", "s")


def test_frames_fill_the_slots_that_were_lent_in_order() -> None:
    """Each slot holds its frame's pixels when it is reported, from the first frame asked for."""
    bench = Bench(counter(7))
    bench.capture.start(5)
    for slot in (2, 0):
        bench.capture.lend(slot)
    for number, slot in ((5, 2), (6, 0)):
        event = bench.next()
        assert isinstance(event, Captured)
        assert (event.stream, event.slot, event.pts, event.width, event.height) == ("s", slot, number, 640, 480)
        assert event.decode_s >= 0
        assert event.prepare_s >= 0
        assert read_stamp(bench.slots[slot]) == number
    assert bench.next() == CaptureEnded("s", Ending.COMPLETE, "")


def test_nothing_is_written_without_a_slot() -> None:
    """A capture with frames and no slot waits until it is stopped, and then says nothing."""
    bench = Bench(counter(10))
    bench.capture.start(0)
    bench.capture.stop()
    bench.capture.join(PATIENCE_S)
    assert bench.events.empty()
    assert not bench.slots.any()
    assert "stopped" in repr(bench.capture)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InputError("clip.mp4 vanished", "bring it back"), "clip.mp4 vanished: bring it back"),
        (RuntimeError("odd\nthing"), "decoding failed (RuntimeError: odd thing)"),
    ],
)
def test_a_failure_ends_the_stream_incomplete_with_its_reason(error: Exception, reason: str) -> None:
    """The frames before it count, and the source is closed."""
    source = Broken(error)
    bench = Bench(source)
    bench.capture.lend(0)
    bench.capture.start(0)
    assert isinstance(bench.next(), Captured)
    bench.capture.lend(1)
    assert bench.next() == CaptureEnded("broken", Ending.INCOMPLETE, reason)
    assert source.closed.wait(PATIENCE_S)


def test_a_capture_that_never_began_closes_its_source() -> None:
    """Stopping is enough."""
    source = Broken(RuntimeError())
    bench = Bench(source)
    bench.capture.stop()
    bench.capture.join(PATIENCE_S)
    assert source.closed.wait(PATIENCE_S)
