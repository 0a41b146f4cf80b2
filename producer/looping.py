"""A source that begins again when it has ended: `--loop`.

Guarantees: timestamps keep increasing, each pass begins one nominal frame after the end of the one before; a pass that
is damaged is the last one, as the next would be damaged as well. Frame n is the same whether or not reading began at 0.

What this file does not know: how a source is opened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from common.rows import Ending
from producer.derived import Derived
from producer.timeline import ASSUMED_RATE
from producer.view import WHOLE, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.source import RawFrame, Source


class MovedFrame:
    """A frame at another time (see `producer.source.RawFrame`)."""

    __slots__ = ("_frame", "pts")

    def __init__(self, frame: RawFrame, pts: int) -> None:
        self._frame = frame
        self.pts = pts

    @property
    def width(self) -> int:
        """See `producer.source.RawFrame.width`."""
        return self._frame.width

    @property
    def height(self) -> int:
        """See `producer.source.RawFrame.height`."""
        return self._frame.height

    @property
    def decode_us(self) -> int:
        """See `producer.source.RawFrame.decode_us`."""
        return self._frame.decode_us

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`."""
        self._frame.write_to(spec, out, view)


class Looping(Derived):
    """An endless source (see `producer.source.Source`).

    Args:
        source: of the first pass; closed when it is through.
        again: opens the same for the next pass.
    """

    def __init__(self, source: Source, again: Callable[[], Source]) -> None:
        super().__init__(source, replace(source.header, expected=0, truth=""))
        self._again = again
        self._lock = threading.Lock()
        self._closed = False
        step = 1 / ((self.header.rate or ASSUMED_RATE) * self.header.time_base)
        self._step = max(1, round(step))

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `producer.source.Source.frames`.

        The first pass is read from its beginning: nothing else tells how long it is, and so where a later one begins.
        """
        number = shift = origin = 0
        length: tuple[int, int] | None = None  # of a pass: frames, and units of time
        while True:
            begin = 0
            if length is not None and first > number:
                passes, begin = divmod(first - number, length[0])
                number, shift = number + passes * length[0], shift + passes * length[1]
            count, last = begin, origin
            for frame in self.source.frames(begin):
                origin = frame.pts if length is None and count == 0 else origin
                count, last = count + 1, frame.pts
                if number + count > first:
                    yield MovedFrame(frame, frame.pts + shift) if shift else frame
            if not self._begin_again(has_frames=count > begin):
                return
            span = last - origin + self._step
            length = length or (count, span)
            number, shift = number + count, shift + span

    def close(self) -> None:
        """See `producer.source.Source.close`. Waits for a pass that is being opened."""
        with self._lock:
            self._closed = True
        self.source.close()

    def _begin_again(self, *, has_frames: bool) -> bool:
        """Open the next pass; there is none after damage, after one without a frame, and after `close`."""
        if self.source.ending is not Ending.COMPLETE:
            return False
        if not has_frames:
            self.end(Ending.INCOMPLETE, "there is nothing to repeat")
            return False
        self.source.close()
        with self._lock:
            if self._closed:
                self.end(Ending.INTERRUPTED, "closed before its end")
                return False
            self.source = self._again()
        return True
