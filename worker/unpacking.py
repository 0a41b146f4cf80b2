"""Decodes frames that came as JPEG files, on threads of its own: one takes about a millisecond.

Guarantees that each order is answered, and that nothing larger than the job's input is allocated: what the file's head
says was compared with that before the frame was taken. What this file does not know: engines, and what a frame is for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from common.jpeg import is_one_scan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from worker.actions import Submit

THREADS_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A frame's pixels, uint8, C-contiguous, as its job wants them; None if its file is damaged."""

    submit: Submit
    pixels: NDArray[np.uint8] | None


class Unpacker:
    """Decodes one frame a thread.

    Args:
        report: takes the answers, in a thread of its own.
    """

    def __init__(self, report: Callable[[Unpacked], None]) -> None:
        self._report: Final = report
        self._threads: Final = ThreadPoolExecutor(min(THREADS_MAX, os.cpu_count() or 1), "unpack")

    def unpack(self, submit: Submit, shape: tuple[int, ...]) -> None:
        """Decode a frame of this shape; returns at once."""
        self._threads.submit(self._unpack, submit, shape)

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _unpack(self, submit: Submit, shape: tuple[int, ...]) -> None:
        pixels: NDArray[np.uint8] | None = None
        try:
            pixels = decode_planes(bytes(submit.payload or b""), shape)
        except Exception:  # noqa: BLE001 - whatever it is: there are no pixels, and nobody else would hear of it
            pixels = None
        self._report(Unpacked(submit, pixels))


def decode_planes(data: bytes, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The planes in a grey JPEG file, uint8 of this shape; None if it is damaged, or a picture of another size."""
    import cv2  # noqa: PLC0415 - loaded where a frame comes as a JPEG file, which most never do

    if not is_one_scan(data):
        return None
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    return np.asarray(found, np.uint8) if found is not None and found.shape == shape else None
