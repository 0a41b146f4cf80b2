"""A camera of this machine as a source, by the system's own interface (Video4Linux on Linux).

Frames are timed when they arrive: what a driver says of time has no meaning outside of it. A camera that stops giving
frames ends `incomplete`; it is for whoever reads it to open it again.

What this file does not know: when to give up or try again; it runs in a process that may be killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

import cv2
import numpy as np

from common import limits
from common.errors import InputError
from common.rows import Ending, StreamHeader
from producer.layout import FLIPS, Planes, cut, fill
from producer.view import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.view import View

TIME_BASE: Final = Fraction(1, 1_000_000)


class Device(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def isOpened(self) -> bool:  # noqa: N802 - cv2's name
        """Whether the camera is there."""

    def read(self) -> tuple[bool, Any]:
        """Wait for the next picture: uint8 [H, W, 3], B, G, R; False where none comes any more."""

    def get(self, propId: int) -> float:  # noqa: N803 - cv2's name
        """A property, 0 where it is not known."""

    def release(self) -> None:
        """Let go of it."""


class CameraFrame:
    """See `producer.source.RawFrame`."""

    def __init__(self, picture: NDArray[np.uint8], pts: int, decode_us: int) -> None:
        self._picture = picture
        self.pts = pts
        self.decode_us = decode_us
        self.height, self.width = picture.shape[:2]

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`."""
        fill(spec, out, lambda planes: self._write(planes, view))

    def _write(self, planes: Planes, view: View) -> None:
        height, width = planes.luma.shape
        picture = self._picture if view.region is None else cut(self._picture, view.region, 1, 1)
        if (flip := FLIPS[view.mirror_x, view.mirror_y]) is not None:
            picture = np.asarray(cv2.flip(picture, flip), np.uint8)
        if picture.shape[:2] != (height, width):
            picture = np.asarray(cv2.resize(picture, (width, height)), np.uint8)
        flat = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).reshape(-1)
        area, quarter = width * height, width * height // 4
        np.copyto(planes.luma, flat[:area].reshape(planes.luma.shape))
        np.copyto(planes.cb, flat[area : area + quarter].reshape(planes.cb.shape))
        np.copyto(planes.cr, flat[area + quarter :].reshape(planes.cr.shape))


class CameraSource:
    """See `producer.source.Source`.

    Args:
        device: an open camera; released here.
        shown: what it is called.
        name: the stream's name.
        clock: monotonic seconds.

    Raises:
        InputError: it gives no picture, or too large ones.
    """

    def __init__(self, device: Device, shown: str, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._device: Final = device
        self._clock: Final = clock
        self._began_at: Final = clock()
        self._head: CameraFrame | None = self._read()
        if self._head is None:
            raise InputError(f"{shown} gives no picture", "see whether another program uses it")
        width, height = self._head.width, self._head.height
        if max(width, height) > limits.SIDE_MAX_PIXELS:
            raise InputError(f"{shown} gives {width}x{height} pixels", f"the limit is {limits.SIDE_MAX_PIXELS} a side")
        rate = Fraction(max(0.0, device.get(cv2.CAP_PROP_FPS))).limit_denominator(1001)
        self.header = StreamHeader(name, width, height, TIME_BASE, rate, 0, shown, live=True)
        self.ending = Ending.INCOMPLETE
        self.ending_reason = "the camera gives no more pictures"

    def frames(self, first: int = 0) -> Iterator[CameraFrame]:
        """See `producer.source.Source.frames`; a camera has nothing to be skipped."""
        del first
        head, self._head = self._head, None
        while head is not None:
            yield head
            head = self._read()

    def close(self) -> None:
        """See `producer.source.Source.close`."""
        self._device.release()

    def _read(self) -> CameraFrame | None:
        began = time.perf_counter_ns()
        there, picture = self._device.read()
        if not there:
            return None
        pts = round((self._clock() - self._began_at) / TIME_BASE)
        return CameraFrame(picture, pts, (time.perf_counter_ns() - began) // 1000)


def open_camera_source(device: str, name: str) -> CameraSource:
    """Open a camera by its number or its device file.

    Raises:
        InputError: it is not there, is used by somebody else, or gives no picture.
    """
    # Not libav: PyAV's wheels are built without Video4Linux. CAP_V4L2 opens devices alone, never a file or an address.
    number = int(device.removeprefix("/dev/video"))
    opened = cv2.VideoCapture(number, cv2.CAP_V4L2)  # noqa: TID251
    shown = f"camera {device}"
    if not opened.isOpened():
        raise InputError(f"{shown} cannot be opened", "see whether it is there (/dev/video*) and may be read")
    return CameraSource(opened, shown, name)
