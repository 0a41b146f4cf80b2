"""The thread that fills slots, with sources that are made for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
import pytest
from av import VideoFrame

from common.counter import read_stamp
from common.errors import InputError
from common.job import InputSpec
from common.rows import Ending, StreamHeader
from producer.actions import MakePictures
from producer.capture import Capture, CaptureBehind, Captured, CapturedBroken, CaptureEnded, CaptureEvent
from producer.media import MediaFrame
from producer.picture_memory import PictureMemory
from producer.source import RawFrame, Source, UndecodableError
from producer.sources import open_source
from producer.view import WHOLE, View

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATIENCE_S = 10.0
SPEC = InputSpec("pixels", 64, 48, "i420", "BGR", "stretch")


class Bench:
    """A capture over three slots, and what it reports."""

    def __init__(
        self,
        source: Source,
        *,
        live: bool = False,
        rate: Fraction | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.events: SimpleQueue[CaptureEvent] = SimpleQueue()
        self.slots = np.zeros((3, SPEC.nbytes), np.uint8)
        self.capture = Capture(source, SPEC, self.pixels, self.events.put, live=live, rate=rate, clock=clock)

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


class Changing:
    """A source whose frames have these sizes; the n-th is of a grey of its own."""

    header = StreamHeader("s", 63, 47, Fraction(1, 25), Fraction(25))
    ending = Ending.COMPLETE
    ending_reason = ""

    def __init__(self, sizes: list[tuple[int, int]]) -> None:
        self.sizes = sizes

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `Source.frames`."""
        for number, (width, height) in enumerate(self.sizes[first:], first):
            frame = VideoFrame(width, height, "yuv420p")
            for plane, value in zip(frame.planes, (100 + number, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            yield MediaFrame(frame, number, 0)

    def close(self) -> None:
        """See `Source.close`."""


def counter(frames: int) -> Source:
    """A synthetic source named `s`."""
    return open_source(f"synthetic://counter?frames={frames}&size=640x480", "s")


def test_frames_fill_the_slots_that_were_lent_in_order() -> None:
    """Each slot holds its frame's pixels when it is reported, from the first frame asked for."""
    bench = Bench(counter(7))
    bench.capture.start(5)
    for slot in (2, 0):
        bench.capture.lend([slot])
    for number, slot in ((5, 2), (6, 0)):
        event = bench.next()
        assert isinstance(event, Captured)
        assert (event.stream, event.slot, event.pts, event.width, event.height) == ("s", slot, number, 640, 480)
        assert event.decode_s >= 0
        assert event.picture_s is None
        assert event.prepare_s >= 0
        assert read_stamp(bench.slots[slot]) == number
    assert bench.next() == CaptureEnded("s", Ending.COMPLETE, "")


def test_originals_are_written_beside_what_the_model_gets() -> None:
    """Into the picture of the same slot, at the size of pictures, before the frame is reported."""
    bench = Bench(counter(2))
    pictures = PictureMemory(MakePictures("s", 0, 3, 640, 480))
    bench.capture.keep_pictures(pictures)
    for slot in (2, 0):
        bench.capture.lend([slot])
    bench.capture.start(0)
    for number, slot in enumerate((2, 0)):
        event = bench.next()
        assert isinstance(event, Captured)
        assert event.picture_s is not None
        assert (read_stamp(bench.slots[slot]), read_stamp(pictures.pixels(slot))) == (number, number)
    assert not pictures.pixels(1).any()


def test_originals_of_any_size_fill_their_pictures() -> None:
    """A frame with odd sides, or of another size than its stream, is scaled; what it was is reported."""
    sizes = [(63, 47), (64, 48), (31, 90)]
    bench = Bench(Changing(sizes))
    pictures = PictureMemory(MakePictures("s", 0, 3, 64, 48))
    bench.capture.keep_pictures(pictures)
    for slot in range(3):
        bench.capture.lend([slot])
    bench.capture.start(0)
    for slot, size in enumerate(sizes):
        event = bench.next()
        assert isinstance(event, Captured)
        assert (event.width, event.height) == size
        luma, chroma = pictures.pixels(slot)[: 64 * 48], pictures.pixels(slot)[64 * 48 :]
        assert (set(luma), set(chroma)) == ({100 + slot}, {128})


def test_nothing_is_written_without_a_slot() -> None:
    """A capture with frames and no slot waits until it is stopped, and then says nothing."""
    bench = Bench(counter(10))
    bench.capture.start(0)
    bench.capture.stop()
    bench.capture.join(PATIENCE_S)
    assert bench.events.empty()
    assert not bench.slots.any()
    assert "stopped" in repr(bench.capture)


class Asked:
    """A source that says when its next frame is asked for."""

    header = StreamHeader("asked", 64, 48, Fraction(1, 25), Fraction(25))
    ending = Ending.COMPLETE
    ending_reason = ""

    def __init__(self) -> None:
        self.lent: list[int] = []
        self.asked_with: list[int] = []

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `Source.frames`."""
        for frame in open_source("synthetic://counter?frames=3", "asked").frames(first):
            self.asked_with.append(len(self.lent))
            yield frame

    def close(self) -> None:
        """See `Source.close`."""


def test_a_frame_that_shall_not_wait_is_decoded_when_it_has_a_slot() -> None:
    """The source is asked for the n-th frame after the n-th slot was lent, and ends as any other."""
    source = Asked()
    bench = Bench(source)
    bench.capture.decode_late()
    bench.capture.start(0)
    for slot in range(3):
        source.lent.append(slot)
        bench.capture.lend([slot])
        captured = bench.next()
        assert isinstance(captured, Captured)
        assert (captured.slot, captured.ready_at <= time.monotonic()) == (slot, True)
    bench.capture.lend([0])
    assert bench.next() == CaptureEnded("asked", Ending.COMPLETE, "")
    assert source.asked_with == [1, 2, 3]


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
    bench.capture.lend([0])
    bench.capture.start(0)
    assert isinstance(bench.next(), Captured)
    bench.capture.lend([1])
    assert bench.next() == CaptureEnded("broken", Ending.INCOMPLETE, reason)
    assert source.closed.wait(PATIENCE_S)


class Torn:
    """A frame without pixels."""

    pts, width, height, decode_us = 7, 64, 48, 0

    def write_to(self, _spec: InputSpec, _out: NDArray[np.uint8], _view: View = WHOLE) -> None:
        """See `RawFrame.write_to`."""
        raise UndecodableError("it is torn")


def test_a_frame_without_pixels_is_reported_and_the_rest_goes_on() -> None:
    """With the slot that it was to have."""
    source = Broken(InputError("it ends", "now"))
    bench = Bench(source)
    whole = next(iter(open_source("synthetic://counter?frames=1", "broken").frames()))
    source.frames = lambda first=0: iter([Torn(), whole][first:])  # type: ignore[method-assign]
    bench.capture.start(0)
    bench.capture.lend([2])
    assert bench.next() == CapturedBroken("broken", 2, 7, 64, 48, "it is torn")
    bench.capture.lend([1])
    assert isinstance(bench.next(), Captured)
    assert bench.next() == CaptureEnded("broken", Ending.COMPLETE, "")


def test_a_source_that_waits_can_be_slowed_down() -> None:
    """No frame comes sooner than asked, however much room there is."""
    source = open_source("synthetic://counter?frames=3&fps=1000", "s")
    bench = Bench(source, rate=Fraction(20))
    for slot in range(3):
        bench.capture.lend([slot])
    began = time.monotonic()
    bench.capture.start(0)
    came = [(bench.next(), time.monotonic() - began) for _ in range(3)]
    assert all(isinstance(event, Captured) and at >= number / 20 for number, (event, at) in enumerate(came))


def test_a_capture_that_never_began_closes_its_source() -> None:
    """Stopping is enough."""
    source = Broken(RuntimeError())
    bench = Bench(source)
    bench.capture.stop()
    bench.capture.join(PATIENCE_S)
    assert source.closed.wait(PATIENCE_S)


def test_a_live_source_is_played_at_its_own_rate() -> None:
    """No frame comes before it is due, however much room there is."""
    bench = Bench(open_source("synthetic://counter?frames=3&fps=25", "s"), live=True)
    for slot in range(3):
        bench.capture.lend([slot])
    began = time.monotonic()
    bench.capture.start(0)
    came = [(bench.next(), time.monotonic() - began) for _ in range(3)]
    assert all(isinstance(event, Captured) and at >= number / 25 for number, (event, at) in enumerate(came))
    assert bench.next() == CaptureEnded("s", Ending.COMPLETE, "")


def test_a_live_source_that_waits_for_its_next_frame_can_be_stopped() -> None:
    """At once, though that frame is due much later."""
    bench = Bench(open_source("synthetic://counter?frames=3&fps=1/9", "s"), live=True)
    for slot in range(3):
        bench.capture.lend([slot])
    bench.capture.start(0)
    assert isinstance(bench.next(), Captured)
    bench.capture.stop()
    bench.capture.join(PATIENCE_S)
    assert not [thread for thread in threading.enumerate() if thread.name == "capture s"]
    assert bench.events.empty()


def test_a_live_source_says_that_it_is_late() -> None:
    """It had no slot when its frame was due; by a clock that counts how often it is read."""
    bench = Bench(open_source("synthetic://counter?frames=2&fps=1000", "s"), live=True, clock=iter(range(99)).__next__)
    bench.capture.lend([0])
    bench.capture.start(0)
    assert isinstance(bench.next(), Captured)
    assert bench.next() == CaptureBehind("s", 2)
    bench.capture.stop()
