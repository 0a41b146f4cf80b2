"""Tests of producer.camera, with a device that is none: no camera is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from common.errors import InputError
from common.job import InputSpec
from common.rows import Ending
from producer.camera import CameraSource


class FakeDevice:
    """So many pictures, each of one colour; then it gives none."""

    def __init__(self, pictures: int, size: tuple[int, int] = (48, 64)) -> None:
        self.left, self.size, self.released = pictures, size, False

    def isOpened(self) -> bool:  # noqa: N802 - cv2's name
        """It is."""
        return True

    def read(self) -> tuple[bool, Any]:
        """The next one."""
        self.left -= 1
        return self.left >= 0, np.full((*self.size, 3), (255, 0, 0), np.uint8) if self.left >= 0 else None

    def get(self, propId: int) -> float:  # noqa: N803 - cv2's name
        """Its rate."""
        del propId
        return 30.0

    def release(self) -> None:
        """Let go."""
        self.released = True


def test_frames_are_timed_when_they_come() -> None:
    """Its header says that it is live; frames carry the seconds since it was opened."""
    times = iter([10.0, 10.5, 11.0, 11.25])
    device = FakeDevice(3)
    source = CameraSource(device, "camera 0", "cam", lambda: next(times))
    assert source.header.live
    assert (float(source.header.rate), source.header.width) == (30.0, 64)
    frames = list(source.frames())
    assert [frame.pts for frame in frames] == [500_000, 1_000_000, 1_250_000]
    assert source.ending is Ending.INCOMPLETE
    source.close()
    assert device.released


@pytest.mark.parametrize("size", [(48, 64), (47, 63)])
def test_a_picture_is_made_to_fit(size: tuple[int, int]) -> None:
    """B, G, R comes out as it went in, be its sides even or not."""
    source = CameraSource(FakeDevice(1, size), "camera 0", "cam")
    (frame,) = source.frames()
    spec = InputSpec("", 32, 16, "bgr", "BGR", "stretch")
    out = np.empty(spec.nbytes, np.uint8)
    frame.write_to(spec, out)
    assert np.abs(out.reshape(16, 32, 3).astype(int) - (255, 0, 0)).max() <= 3


def test_a_camera_without_a_picture_is_refused() -> None:
    """Another program may have it."""
    with pytest.raises(InputError, match="camera 0 gives no picture"):
        CameraSource(FakeDevice(0), "camera 0", "cam")
