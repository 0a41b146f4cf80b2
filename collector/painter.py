"""The picture of each row, drawn on: what sinks that draw are given.

Guarantees a canvas for every row, of the size of its stream: a row without a picture gets the one before, dimmed, or
black, and says what became of the frame. Where people are to be made unrecognisable, no canvas ever shows them:
what is dimmed later was concealed before. Does NOT know sinks, or where pictures come from.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import numpy as np

from collector.anonymity import conceal
from collector.canvas import Canvas
from collector.overlay import Overlay
from common.picture import picture_size
from common.rows import Row, Status, StreamHeader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collector.picture import Picture


_PACE_S: Final = 2.0
"""Frames a second are those of so much time."""


class _Pace:
    """Frames a second, exact where frames come evenly (`common.meter.Rate` counts whole buckets: it would flicker)."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def after(self, now_s: float) -> float:
        """Count a frame, and say how many a second come; 0 as long as that cannot be said."""
        times = self._times
        times.append(now_s)
        while len(times) > 2 and times[0] < now_s - _PACE_S:  # noqa: PLR2004 - a distance needs two
            times.popleft()
        span_s = now_s - times[0]
        return (len(times) - 1) / span_s if span_s > 0 else 0.0


class _Stream:
    """What is drawn on of one stream. The canvas is made when it is needed: a stream may never have a frame."""

    def __init__(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        self.size = header.width, header.height
        self.overlay = Overlay(header.height, labels)
        self.pace = _Pace()
        self.canvas: Canvas | None = None
        self.current = False


class Painter:
    """Draws the rows of all streams, each on a canvas of its own.

    Args:
        anonymous: whether what is in a box is to be made unrecognisable.
    """

    def __init__(self, *, anonymous: bool = False) -> None:
        self._anonymous: Final = anonymous
        self._streams: dict[str, _Stream] = {}

    def begin(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        """Make ready for a stream; one that begins again starts from black."""
        self._streams[header.name] = _Stream(header, labels)

    def end(self, stream: str) -> None:
        """Let go of a stream's canvas."""
        self._streams.pop(stream, None)

    def pass_over(self, stream: str, now_s: float) -> None:
        """Count a frame that nobody will see: it is one of those a second."""
        self._streams[stream].pace.after(now_s)

    def paint(self, row: Row, picture: Picture | None, now_s: float) -> NDArray[np.uint8]:
        """Draw one row.

        Args:
            row: of a stream that has begun.
            picture: the original of its frame, or None where there is none.
            now_s: on any clock that does not run backwards; for frames a second.

        Returns:
            uint8 [3/2 height, width], I420, of the stream's size rounded up to even; valid until the next row of the
            stream is painted.
        """
        stream = self._streams[row.stream]
        canvas = stream.canvas = stream.canvas or Canvas.black(*picture_size(*stream.size))
        found = None if row.detections is None else _scaled(row.detections, stream.size, picture)
        if picture is not None:
            picture.copy_to(canvas.pixels)
            if self._anonymous:
                conceal(canvas, found)
        elif stream.current:
            canvas.dim()
        stream.current = picture is not None
        if found is not None:
            stream.overlay.detections(canvas, found)
        stream.overlay.rate(canvas, stream.pace.after(now_s))
        if text := _trouble(row, picture):
            stream.overlay.alarm(canvas, text)
        return canvas.pixels


def _scaled(found: NDArray[np.float32], size: tuple[int, int], picture: Picture | None) -> NDArray[np.float32]:
    """Detections in pixels of the canvas: frames of a stream may differ in size, canvases do not."""
    if picture is None or (picture.width, picture.height) == size:
        return found
    across, down = size[0] / picture.width, size[1] / picture.height
    with np.errstate(over="ignore"):  # a worker may say any finite number; infinity is outside the picture as well
        return found * np.array([across, down, across, down, 1, 1], np.float32)


def _trouble(row: Row, picture: Picture | None) -> str:
    """What is to be said about a frame besides its detections."""
    if row.status is not Status.OK:
        return f"frame {row.seq} {row.status}: {row.reason}"
    return "" if picture is not None else f"frame {row.seq}: no picture"
