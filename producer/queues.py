"""Frames that wait for a worker: ordinary ones stream by stream, suspects apart.

The oldest goes first, so that a frame sent again does not wait behind the whole window. Entries are lazy: a frame that
left the queue by another way (settled, hinted, fated, cleared of suspicion) is passed over when its turn comes.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

from producer.frames import Frame, FrameState, Key
from producer.rotation import Rotation


class Queues:
    """Who waits.

    Args:
        frames: the lease table's frames by key; read only.
    """

    def __init__(self, frames: dict[Key, Frame]) -> None:
        self._frames: Final = frames
        self._ordinary: Final[dict[str, list[int]]] = {}
        self._rotation: Final = Rotation()
        self._suspects: Final[list[tuple[float, Key]]] = []

    def __repr__(self) -> str:
        return f"Queues({ {name: len(heap) for name, heap in self._ordinary.items()} }, {len(self._suspects)} suspects)"

    def push(self, frame: Frame) -> None:
        """Let a QUEUED frame wait: when it becomes QUEUED, and when it is cleared of suspicion while it waits."""
        stream, seq = frame.key
        if frame.is_suspect:
            heappush(self._suspects, (frame.captured_at, frame.key))
            return
        heappush(self._ordinary.setdefault(stream, []), seq)
        self._rotation.join(stream)

    def pop_ordinary(self) -> Frame | None:
        """Take the frame whose turn it is: the oldest of the next stream."""
        while self._rotation:
            stream = self._rotation.turn()
            frame = self._oldest(stream)
            if not self._ordinary[stream]:
                self._rotation.leave(stream)
            if frame is not None:
                return frame
        return None

    def peek_suspect(self) -> Frame | None:
        """Return the oldest suspect that waits."""
        while self._suspects:
            frame = self._waiting(self._suspects[0][1])
            if frame is not None and frame.is_suspect:
                return frame
            heappop(self._suspects)
        return None

    def pop_suspect(self) -> None:
        """Take what `peek_suspect` returned."""
        heappop(self._suspects)

    def _oldest(self, stream: str) -> Frame | None:
        heap = self._ordinary[stream]
        while heap:
            frame = self._waiting((stream, heappop(heap)))
            if frame is not None and not frame.is_suspect:
                return frame
        return None

    def _waiting(self, key: Key) -> Frame | None:
        frame = self._frames.get(key)
        return frame if frame is not None and frame.state is FrameState.QUEUED else None
