"""Keeps the originals of frames that are not written: in the memory of their producers, or as JPEG files.

Guarantees that a picture is given out once, that what is decoded has the size of the stream's pictures, and that memory
of a producer stays mapped for as long as a picture in it is used. The loop keeps and forgets, the sink thread takes and
decodes: every method may be called from either. What this file does not know: turns, limits and when a frame is written
(the core), and what is drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from collector.actions import Attach, Keep
from collector.picture import Picture
from common.jpeg import is_one_scan
from common.picture import picture_size
from common.rows import StreamHeader
from common.shm import Attachment, ShmOffer, attach

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Shelf:
    """One stream's pictures.

    Attributes:
        size: their width and height.
        segment: where those with a slot lie.
        kept: by frame, each with its bytes: JPEG, or planes.
    """

    __slots__ = ("kept", "segment", "size")

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.segment: Attachment | None = None
        self.kept: dict[int, tuple[Keep, bytes | NDArray[np.uint8]]] = {}


class PictureStore:
    """The pictures of all streams.

    Args:
        on_damaged: told of each picture that could not be decoded, in the thread that wanted it.
    """

    def __init__(self, on_damaged: Callable[[], None]) -> None:
        self._on_damaged: Final = on_damaged
        self._lock: Final = threading.Lock()
        self._shelves: dict[str, _Shelf] = {}

    def __len__(self) -> int:
        return sum(len(shelf.kept) for shelf in self._shelves.values())

    def begin(self, header: StreamHeader, start: int) -> None:
        """Make room for a stream; what is kept of frames from `start` on is void, and so is where they lay."""
        shelf = _Shelf(picture_size(header.width, header.height))
        with self._lock:
            earlier = self._shelves.get(header.name)
            if earlier is not None:
                shelf.kept = {seq: kept for seq, kept in earlier.kept.items() if seq < start}
            self._shelves[header.name] = shelf

    def attach(self, action: Attach) -> Attachment | str:
        """Map a producer's segment, in place of an earlier one; return why not, where it cannot be."""
        found = attach(ShmOffer(*action.offer))
        with self._lock:
            self._shelves[action.stream].segment = None if isinstance(found, str) else found
        return found

    def keep(self, action: Keep) -> None:
        """Keep a picture; one in a slot must be in the segment that was attached last."""
        with self._lock:
            shelf = self._shelves[action.stream]
            if action.data is not None:
                shelf.kept[action.seq] = action, action.data
            else:
                assert shelf.segment is not None, action
                shelf.kept[action.seq] = action, shelf.segment.pixels(action.slot)

    def written(self, nexts: Mapping[str, int]) -> None:
        """Forget the pictures of frames below `nexts[stream]`."""
        with self._lock:
            for stream, upto in nexts.items():
                kept = self._shelves[stream].kept
                for seq in [seq for seq in kept if seq < upto]:
                    del kept[seq]

    def forget(self, stream: str) -> None:
        """Let go of everything of a stream that has ended."""
        with self._lock:
            self._shelves.pop(stream, None)

    def take(self, stream: str, seq: int) -> Picture | None:
        """Give a frame's picture away, decoded; None if there is none, or none that can be decoded."""
        with self._lock:
            shelf = self._shelves.get(stream)
            found = None if shelf is None else shelf.kept.pop(seq, None)
        if shelf is None or found is None:
            return None
        (action, data), (width, height) = found, shelf.size
        i420 = _decode(data, width, height) if isinstance(data, bytes) else data.reshape(-1, width)
        if i420 is None:
            self._on_damaged()
            return None
        return Picture(action.width, action.height, i420)


def _decode(data: bytes, width: int, height: int) -> NDArray[np.uint8] | None:
    """The planes of a JPEG file, I420 of this size in BT.601 limited range; None if its bytes are damaged.

    What its head says was compared with the size before it was kept: nothing larger is allocated here.
    """
    if not is_one_scan(data):
        return None
    import cv2  # noqa: PLC0415 - 0.1 s and 40 MB that a collector without pictures has no use for

    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if bgr is None or bgr.shape != (height, width, 3):
        return None
    i420: NDArray[np.uint8] = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)
    return i420
