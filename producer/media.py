"""Media files as a source: exact order, exact timestamps, and an honest ending.

Guarantees:
- Frames come in presentation order, numbered without gaps by their place; timestamps are the container's own, made
  strictly increasing by the rules of `producer.timeline`. Where a frame carries no presentation timestamp its decoding
  timestamp stands in (they are equal: one thread decodes, see `producer.container`), where neither is there, the rules.
- A frame reports its own size, which may change in mid-stream.
- Damage ends as `incomplete` with a reason and everything that could be decoded; only a file of which not one frame
  can be decoded is an `InputError`.

What this file does not know: sequence numbers, leases, how pixels are made to fit (`producer.planes`).
"""

from __future__ import annotations

import re
import threading
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av

from common import limits
from common.errors import InputError
from common.rows import Ending, StreamHeader
from producer import planes
from producer.container import OpenedVideo, open_container
from producer.decoding import decode
from producer.tally import Tally
from producer.timeline import ASSUMED_RATE, Timeline
from producer.view import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from av import VideoFrame
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.view import View

_COUNTED: Final = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "avi"})
"""Containers whose frame count comes from their index; elsewhere it is an estimate or absent."""

_DURATION: Final = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
"""Matroska's DURATION tag: the length of one track, written by libav and mkvmerge."""


class MediaFrame:
    """A decoded frame; keeps the decoder's buffer alive, and no more than that."""

    __slots__ = ("_frame", "_turn", "decode_us", "height", "pts", "width")

    def __init__(self, frame: VideoFrame, pts: int, decode_us: int) -> None:
        self._frame = frame
        self.pts = pts
        self.decode_us = decode_us
        self._turn = planes.orientation(frame)
        self.width, self.height = self._turn.displayed(frame.width, frame.height)

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`."""
        planes.render(self._frame, spec, out, view, self._turn)


class MediaSource:
    """One open media file (see `producer.source.Source`).

    Args:
        opened: container and track; closed with this source.
        path: what it is called, in messages and in its header.
        name: the stream's name.

    Raises:
        InputError: not one frame can be decoded.
    """

    def __init__(self, opened: OpenedVideo, path: object, name: str) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._closed = False
        self.ending = Ending.INTERRUPTED
        self.ending_reason = "closed before its end"
        rate = _rate(opened)
        self._tally = Tally(
            announced=_announced(opened), announced_s=_announced_s(opened), frame_s=float(1 / (rate or ASSUMED_RATE))
        )
        self._decoded = decode(opened, self._tally)
        self._head: tuple[VideoFrame, int] | None = self._first(path)
        frame = self._head[0]
        time_base = frame.time_base or opened.stream.time_base or 1 / ASSUMED_RATE
        width, height = planes.orientation(frame).displayed(frame.width, frame.height)
        source = str(path)[-limits.TEXT_MAX_CHARS :]
        self.header = StreamHeader(name, width, height, time_base, rate, self._tally.announced, source)
        self._timeline = Timeline(time_base, rate)

    def frames(self, first: int = 0) -> Iterator[MediaFrame]:
        """See `producer.source.Source.frames`. Skipped frames are decoded: that alone is exact in every container."""
        start: int | None = None
        number = 0
        while (step := self._next()) is not None:
            frame, decode_us = step
            pts = self._timeline.place(frame.pts if frame.pts is not None else frame.dts)
            start = min(pts, 0) if start is None else start  # containers announce either length, or both
            self._tally.end_s = float((pts - start) * self.header.time_base) + self._tally.frame_s
            if number >= first:
                yield MediaFrame(frame, pts, decode_us)
            number += 1

    def close(self) -> None:
        """See `producer.source.Source.close`. Waits for the frame that is being decoded."""
        self._closed = True  # before the lock: whoever iterates without a pause may not leave it for long
        with self._lock:
            self._head = None
            self._decoded.close()
            self._opened.resources.close()

    def _first(self, path: object) -> tuple[VideoFrame, int]:
        """Decode the first frame: only it tells the true size, rotation and whether the codec works at all."""
        step = next(self._decoded, None)
        if step is None:
            reason = self._tally.verdict()[1] or "it holds none"
            raise InputError(f"not one frame of {path} can be decoded ({reason})", "check it in a player")
        return step

    def _next(self) -> tuple[VideoFrame, int] | None:
        """The next decoded frame; None at the end, which it judges, and after `close`."""
        with self._lock:
            if self._closed:
                return None
            head, self._head = self._head, None
            step = head or next(self._decoded, None)
            if step is None:
                self.ending, self.ending_reason = self._tally.verdict()
            return step


def open_media(uri: str, name: str) -> MediaSource:
    """Open a media file.

    Raises:
        InputError: see `producer.container.open_container`; or not one frame can be decoded.
    """
    path = Path(uri)
    opened = open_container(path)
    try:
        return MediaSource(opened, path, name)
    except BaseException:
        opened.resources.close()
        raise


def _rate(opened: OpenedVideo) -> Fraction:
    rate = opened.stream.average_rate or opened.stream.guessed_rate
    return Fraction(rate) if rate else Fraction(0)


def _announced(opened: OpenedVideo) -> int:
    return max(0, opened.stream.frames) if opened.container.format.name in _COUNTED else 0


def _announced_s(opened: OpenedVideo) -> float:
    """The length of the video track where the container announces it apart from what it holds, in seconds, or 0."""
    tag = _DURATION.match(opened.stream.metadata.get("DURATION", ""))
    if tag:
        return int(tag[1]) * 3600.0 + int(tag[2]) * 60.0 + float(tag[3])
    only_track = len(opened.container.streams) == 1
    if only_track and opened.container.format.name == "matroska,webm" and opened.container.duration:
        return opened.container.duration / av.time_base
    return 0.0
