"""One stream's capture: a thread that decodes frames and writes each into a slot that was lent to it.

Where a collector draws it writes the original as well, into the picture of that slot. A live capture takes each frame
when it is due and not before, whoever has time for it; while it has no slot it falls behind, and says so. A frame
without pixels is reported as such, with the slot that it was to have.
Guarantees that nothing but a lent slot is written to, that frames are reported in order, and that whatever goes wrong
in a source ends this stream alone, as incomplete, with a reason for people.
What this file does not know: when a slot is lent, what becomes of a frame, the network.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from common.errors import VinofleetError
from common.rows import Ending
from common.time_slice import lengthen_time_slice
from producer.pace import Brake, Pace
from producer.source import UndecodableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.bell import Bell
    from producer.picture_memory import PictureMemory
    from producer.source import RawFrame, Source


class Captured(NamedTuple):
    """A slot holds the next frame of a stream; see `ProducerCore.captured`."""

    stream: str
    slot: int
    pts: int
    width: int
    height: int
    ready_at: float
    """By the capture's clock: it was decoded, due, and had its slot."""
    decode_s: float
    prepare_s: float
    picture_s: float | None = None
    """None where no picture is kept."""


class CapturedBroken(NamedTuple):
    """The next frame of a stream has no pixels, and its slot is not needed; see `ProducerCore.captured_broken`."""

    stream: str
    slot: int
    pts: int
    width: int
    height: int
    why: str


class CaptureEnded(NamedTuple):
    """A stream gives no more frames, of its own accord; see `ProducerCore.source_ended`."""

    stream: str
    ending: Ending
    reason: str


class CaptureBehind(NamedTuple):
    """A live stream is late by so much; see `ProducerCore.source_behind`."""

    stream: str
    late_s: float


CaptureEvent: TypeAlias = Captured | CapturedBroken | CaptureEnded | CaptureBehind


class Capture:
    """Captures one source. Its methods are called from the loop and return at once.

    Args:
        source: open; closed here.
        spec: how frames are to be prepared.
        pixels: the memory of a slot, uint8 [spec.nbytes].
        report: takes events, in the capture's own thread.
        bell: takes captured frames in its place, where they may wait, and is rung before this thread waits.
        live: play it at its own pace.
        rate: otherwise no more frames a second than this; None for as many as there is time for.
        clock: monotonic seconds.
    """

    def __init__(  # noqa: PLR0913 - the parts of a capture, once
        self,
        source: Source,
        spec: InputSpec,
        pixels: Callable[[int], NDArray[np.uint8]],
        report: Callable[[CaptureEvent], None],
        *,
        bell: Bell[CaptureEvent] | None = None,
        live: bool = False,
        rate: Fraction | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._spec = spec
        self._pixels = pixels
        self._report = report
        self._bell = bell
        self._leave = report if bell is None else bell.leave
        self._lent: SimpleQueue[Sequence[int] | None] = SimpleQueue()
        self._slots: deque[int] = deque()  # of the last burst that was taken
        self._prefetches = True
        self._clock = clock
        self._pace = Pace(source.header.time_base) if live else Brake(rate) if rate else None
        self._stopped = threading.Event()
        self._name = source.header.name
        self._thread: threading.Thread | None = None
        self._pictures: PictureMemory | None = None

    def __repr__(self) -> str:
        state = "stopped" if self._stopped.is_set() else "running" if self._thread else "not started"
        return f"Capture({self._name}, {state}, {len(self._slots)} slots at hand)"

    def keep_pictures(self, pictures: PictureMemory) -> None:
        """Write the original of each frame as well; to be called before `start`."""
        self._pictures = pictures

    def decode_late(self) -> None:
        """Decode a frame when there is a slot for it, so that it need not wait; to be called before `start`."""
        self._prefetches = False

    def start(self, first: int) -> None:
        """Begin with frame `first`; may be called once."""
        # A daemon: a decoder that hangs in a read must not keep a process alive that was told to leave.
        self._thread = threading.Thread(target=self._run, args=(first,), name=f"capture {self._name}", daemon=True)
        self._thread.start()

    def lend(self, slots: Sequence[int]) -> None:
        """Give it slots to write frames into, one each; it is woken once for all of them."""
        self._lent.put(slots)

    def stop(self) -> None:
        """Capture no more; a frame that is being written is still reported, an ending is not. Twice is once."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._lent.put(None)
            # Closing waits for the frame that is being decoded, which the loop must not; it is what ends a long skip.
            threading.Thread(target=self._source.close, name=f"close {self._name}", daemon=True).start()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread after `stop`, but no longer than that."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, first: int) -> None:
        lengthen_time_slice()
        try:
            self._capture(first)
            ended = CaptureEnded(self._name, self._source.ending, self._source.ending_reason)
        except VinofleetError as error:
            ended = CaptureEnded(self._name, Ending.INCOMPLETE, str(error))
        except Exception as error:  # noqa: BLE001 - whatever a source does, the other streams go on and this one says it
            reason = " ".join(f"decoding failed ({type(error).__name__}: {error})".split())
            ended = CaptureEnded(self._name, Ending.INCOMPLETE, reason)
        self._source.close()
        if not self._stopped.is_set():
            self._report(ended)

    def _capture(self, first: int) -> None:
        frames = iter(self._source.frames(first))
        while True:
            slot = None if self._prefetches else self._next_slot()
            frame = next(frames, None)
            if frame is None:
                return
            self._wait_for(frame)
            slot = self._next_slot() if self._prefetches else slot
            if slot is None or self._stopped.is_set():
                return
            self._leave(self._fill(slot, frame))
            if self._pace is not None and (late_s := self._pace.behind(self._clock())) is not None:
                self._report(CaptureBehind(self._name, late_s))

    def _next_slot(self) -> int | None:
        """Wait for a slot; None where no more frames are wanted."""
        while not self._slots and not self._stopped.is_set():
            self._ring()
            self._slots.extend(self._lent.get() or ())
        return None if self._stopped.is_set() else self._slots.popleft()

    def _ring(self) -> None:
        if self._bell is not None:
            self._bell.ring()

    def _wait_for(self, frame: RawFrame) -> None:
        """Wait until a frame is due, or nobody wants it any more."""
        if self._pace is not None:
            self._ring()
            now = self._clock()
            self._stopped.wait(max(0.0, self._pace.due_at(frame.pts, now) - now))

    def _fill(self, slot: int, frame: RawFrame) -> Captured | CapturedBroken:
        try:
            return self._filled(slot, frame)
        except UndecodableError as error:
            return CapturedBroken(self._name, slot, frame.pts, frame.width, frame.height, str(error))

    def _filled(self, slot: int, frame: RawFrame) -> Captured:
        ready_at = self._clock()
        began = time.perf_counter()
        frame.write_to(self._spec, self._pixels(slot))
        prepared = time.perf_counter()
        picture_s: float | None = None
        if self._pictures is not None:
            frame.write_to(self._pictures.spec, self._pictures.pixels(slot))
            picture_s = time.perf_counter() - prepared
        decode_s, prepare_s = frame.decode_us / 1e6, prepared - began
        size = (frame.width, frame.height)
        return Captured(self._name, slot, frame.pts, *size, ready_at, decode_s, prepare_s, picture_s)
