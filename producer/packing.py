"""Encodes frames for workers behind slow links, on threads of its own: one takes about a millisecond.

Guarantees that each order is answered, also where nothing comes of it. What this file does not know: whether the frame
is still wanted when it is done (then its slot may hold parts of another one, and the core has no use for the answer).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

from common.messages import WorkItem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.actions import Pack

THREADS_MAX: Final = 4


class Packed(NamedTuple):
    """A frame's JPEG file, or None where there is none that is smaller; see `ProducerCore.packed`."""

    worker: int
    item: WorkItem
    data: bytes | None


class Packer:
    """Encodes one frame a thread.

    Args:
        spec: of the frames, in i420.
        quality: of JPEG files, 1 to 100.
        pixels: the memory of a slot, uint8 [spec.nbytes].
        report: takes the answers, in a thread of its own.
    """

    def __init__(
        self,
        spec: InputSpec,
        quality: int,
        pixels: Callable[[int], NDArray[np.uint8]],
        report: Callable[[Packed], None],
    ) -> None:
        self._spec: Final = spec
        self._quality: Final = quality
        self._pixels: Final = pixels
        self._report: Final = report
        self._threads: Final = ThreadPoolExecutor(min(THREADS_MAX, os.cpu_count() or 1), "pack")

    def pack(self, wanted: Pack) -> None:
        """Encode a frame; returns at once."""
        self._threads.submit(self._pack, wanted)

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _pack(self, wanted: Pack) -> None:
        from producer.jpeg import encode_planes  # noqa: PLC0415 - loads cv2, which raw frames may do without

        data: bytes | None = None
        try:
            data = encode_planes(self._pixels(wanted.slot)[: self._spec.nbytes], self._spec, self._quality)
        except Exception:  # noqa: BLE001 - whatever it is: the frame goes as it is, and nobody else would hear of it
            data = None
        self._report(Packed(wanted.worker, wanted.item, data))
