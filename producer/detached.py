"""Sources that may hang, break off and come back: cameras, streams and files of the network, pipes.

Each is read by a process of its own (`producer.decoder`), which is killed where it gives nothing for too long; then
the source is opened again.

Guarantees:
- Nothing waits longer than the time-outs, and `close` ends whatever is under way at once. A pipe alone is waited for
  without end: there is no other to be had.
- What has no end (see `producer.remote_container.is_live`) is opened again for ever; the time that it was away passes
  in its timestamps as well. Its first size is the header's, each frame has its own. What has an end when it is opened
  again is not what it was, and counts as away.
- A recording goes on with the frame that is due, each frame once, until its end; it ends `incomplete` where it gave no
  new frame for `reconnection.GIVE_UP_S`, or came to an early end twice at the same frame.
- No password is in a header or in a message.

What this file does not know: containers, sequence numbers, how long outages were in all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

from common import limits
from common.errors import InputError
from common.redaction import redacted
from common.rows import Ending, StreamHeader
from producer.child_words import Broken, Ended, Opened
from producer.decoder import Decoder, Picture, Request, opened
from producer.layout import fill, planes_of, resize
from producer.piped import piped_stdin
from producer.reconnection import LiveTimeline, Reconnection
from producer.source import SourceBack, SourceLost, Terms
from producer.view import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.view import View


class DetachedFrame:
    """See `producer.source.RawFrame`. Keeps a slot of its decoder: whoever keeps many stops it."""

    __slots__ = ("_pixels", "decode_us", "height", "pts", "width")

    def __init__(self, picture: Picture, pts: int) -> None:
        self._pixels = picture.pixels
        self.pts = pts
        self.width, self.height = picture.width, picture.height
        self.decode_us = picture.decode_us

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`."""
        whole = planes_of(self._pixels, self.width + self.width % 2, self.height + self.height % 2)
        fill(spec, out, lambda small: resize(whole, small, view))


class _End(NamedTuple):
    """How a connection ended: for good, or so that another may be tried."""

    ending: Ending
    reason: str
    final: bool = False


class DetachedSource:
    """See `producer.source.Source`.

    Args:
        request: what is read.
        shown: what people see of it.
        terms: how long is waited, and who is told.
        start: starts a decoder.
        clock: monotonic seconds.

    Raises:
        InputError: it cannot be opened.
    """

    def __init__(
        self,
        request: Request,
        shown: str,
        terms: Terms,
        start: Callable[[Request], Decoder] = Decoder,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request: Final = request
        self._shown: Final = shown
        self._terms: Final = terms
        self._start: Final = start
        self._clock: Final = clock
        self._is_pipe: Final = request.kind == "pipe"
        self._lock: Final = threading.Lock()
        self._closed: Final = threading.Event()
        self._decoder: Decoder | None = None
        self.ending = Ending.INTERRUPTED
        self.ending_reason = "closed before its end"
        self._opened = self._open()
        found = self._opened
        self.header = StreamHeader(
            request.name,
            found.width,
            found.height,
            Fraction(*found.time_base),
            Fraction(*found.rate),
            0 if found.live else found.expected,
            shown[-limits.TEXT_MAX_CHARS :],
            live=found.live,
        )
        self._next = 0
        self._early_end_at = -1
        self._timeline: Final = LiveTimeline(self.header.time_base)
        self._attempts: Final = Reconnection(clock(), live=found.live)

    def frames(self, first: int = 0) -> Iterator[DetachedFrame]:
        """See `producer.source.Source.frames`. What has no end has nothing to be skipped: it goes on from now."""
        self._next = first
        self._attempts.came(self._clock())
        while True:
            end = yield from self._connection()
            is_over = self._closed.is_set() or end.final or not self._again(end.reason)
            if self._closed.is_set():
                return
            if is_over:
                self.ending, self.ending_reason = end.ending, end.reason
                return

    def close(self) -> None:
        """See `producer.source.Source.close`."""
        self._closed.set()
        with self._lock:
            if self._decoder is not None:
                self._decoder.close()

    def _open(self) -> Opened:
        """Start a decoder and wait until it has opened the source.

        Raises:
            InputError: it has not; nothing of it is left.
        """
        with self._lock:
            if self._closed.is_set():
                raise InputError(f"{self._shown} is closed")
            decoder = self._decoder = self._start(self._request)
        try:
            return opened(decoder, None if self._is_pipe else self._terms.open_timeout_s, self._shown)
        except BaseException:
            decoder.close()
            raise

    def _connection(self) -> Generator[DetachedFrame, None, _End]:
        """The frames of the present decoder, until it gives no more."""
        decoder = self._decoder
        assert decoder is not None
        decoder.begin(0 if self.header.live else self._next)
        self._timeline.connected()
        timeout_s = None if self._is_pipe else self._terms.read_timeout_s
        while True:
            heard = decoder.hear(timeout_s)
            if isinstance(heard, Picture):
                yield self._frame(heard)
                del heard  # its slot is free as soon as nobody else has it
                self._attempts.asked(self._clock())
            elif isinstance(heard, Ended):
                return self._ended(heard)
            elif isinstance(heard, Broken):
                return _End(Ending.INCOMPLETE, heard.reason, final=self._is_pipe)
            elif heard is None:
                return _End(Ending.INCOMPLETE, f"nothing for {timeout_s:g} s")

    def _frame(self, picture: Picture) -> DetachedFrame:
        now = self._clock()
        if self._attempts.came(now):
            self._terms.tell(SourceBack(self._request.name, picture.width, picture.height))
        self._next += 1
        if not self.header.live:
            return DetachedFrame(picture, picture.pts)
        pts = picture.pts if self._opened.timed else None
        return DetachedFrame(picture, self._timeline.place(pts, Fraction(*self._opened.time_base), now))

    def _ended(self, heard: Ended) -> _End:
        """Judge an end that its decoder has seen."""
        if self.header.live:
            return _End(Ending.INCOMPLETE, heard.reason or "it was ended at the other side")
        ending, again = Ending(heard.ending), self._early_end_at == self._next
        self._early_end_at = self._next
        return _End(ending, heard.reason, final=ending is Ending.COMPLETE or again or self._is_pipe)

    def _again(self, reason: str) -> bool:
        """Open it again, as often as it takes; False where it is given up or closed."""
        while True:
            if not self._attempts.lost:
                silent_s = self._attempts.silent_s(self._clock())
                self._terms.tell(SourceLost(self._request.name, reason, silent_s))
            assert self._decoder is not None
            self._decoder.close()
            wait_s = self._attempts.failed(self._clock())
            if wait_s is None or self._closed.wait(wait_s):
                return False
            try:
                self._opened = self._open()
            except InputError:
                continue  # said once an outage
            # A broadcast that is over is there as a recording, and a still where a camera was: frames that have been.
            if self._opened.live or not self.header.live:
                return True


def open_remote(uri: str, name: str, terms: Terms) -> DetachedSource:
    """Open `rtsp(s)://` or `http(s)://`.

    Raises:
        InputError: it does not answer in time, refuses, or gives no video.
    """
    return DetachedSource(Request("remote", uri, name), redacted(uri), terms)


def open_camera(device: str, name: str, terms: Terms) -> DetachedSource:
    """Open a camera of this machine by its number or its device file.

    Raises:
        InputError: it is not there, or gives no picture in time.
    """
    return DetachedSource(Request("camera", device, name), f"camera {device}", terms)


def open_pipe(name: str, terms: Terms) -> DetachedSource:
    """Open the container that comes through stdin.

    Raises:
        InputError: nothing is piped, it is empty or no video; or somebody has read of it before.
    """
    if terms.resume:
        raise InputError("a pipe cannot be resumed, what was read of it is gone", "pass a file, or begin anew")
    piped_stdin()  # its decoder inherits it
    return DetachedSource(Request("pipe", "-", name), "the pipe", terms)
