"""Frames that wait for a worker: ordinary ones stream by stream, suspects apart.

The oldest goes first, so that a frame sent again does not wait behind the whole window. A stream may be held: then only
frames that were sent before go. Entries are lazy: a frame that left the queue by another way (settled, hinted, fated,
cleared of suspicion) is passed over when its turn comes.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        self._held: Final[set[str]] = set()
        self._watched: frozenset[str] = frozenset()
        self._news: list[Frame] = []

    def __repr__(self) -> str:
        return f"Queues({ {name: len(heap) for name, heap in self._ordinary.items()} }, {len(self._suspects)} suspects)"

    def push(self, frame: Frame) -> None:
        """Let a QUEUED frame wait: when it becomes QUEUED, and when it is cleared of suspicion while it waits."""
        stream, seq = frame.key
        if stream in self._watched:
            self._news.append(frame)
        if frame.is_suspect:
            heappush(self._suspects, (frame.captured_at, frame.key))
            return
        heappush(self._ordinary.setdefault(stream, []), seq)
        self._rotation.join(stream)

    def watch(self, streams: Iterable[str]) -> None:
        """Remember which frames of these streams begin to wait, for `news`."""
        self._watched = frozenset(streams)

    def news(self) -> list[Frame]:
        """Return the frames that began to wait since the last call, of the streams that are watched."""
        if not self._news:
            return []
        news, self._news = self._news, []
        return news

    def waits(self, frame: Frame) -> bool:
        """Whether a frame is here, and neither settled nor elsewhere."""
        return self._waiting(frame.key) is frame

    def hold(self, stream: str) -> None:
        """Give out no frame of a stream that nobody was given before, until `let_go`."""
        self._held.add(stream)

    def let_go(self, stream: str) -> None:
        """Give out any frame of a stream again."""
        self._held.discard(stream)
        if self._ordinary.get(stream):
            self._rotation.join(stream)

    def pop_ordinary(self) -> Frame | None:
        """Take the frame whose turn it is: the oldest of the next stream."""
        while self._rotation:
            stream = self._rotation.turn()
            frame = self._oldest(stream)
            if frame is None or not self._ordinary[stream]:
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
        """Take a stream's oldest frame that may go."""
        heap = self._ordinary[stream]
        while heap:
            frame = self._waiting((stream, heap[0]))
            if frame is not None and frame.attempts == 0 and stream in self._held:
                return None
            heappop(heap)
            if frame is not None and not frame.is_suspect:
                return frame
        return None

    def _waiting(self, key: Key) -> Frame | None:
        frame = self._frames.get(key)
        return frame if frame is not None and frame.state is FrameState.QUEUED else None
