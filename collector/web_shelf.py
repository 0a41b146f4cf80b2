"""The newest picture of each stream for whoever watches it in a browser: one slot each, encoded once for all, if ever.

Guarantees that no picture is kept for a viewer that is slow: who asks gets the newest. One thread's event loop calls
it; encoding is done in another thread. What this file does not know: HTTP, and who watches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import cv2

from collector.shown import Figures, Shown

LEASE_S: Final = 3.0
"""How long somebody who has asked for a picture is taken to watch."""

QUALITY: Final = 80
"""Of JPEG; what is watched need not be what is kept."""


class _Slot:
    """One stream's."""

    def __init__(self) -> None:
        self.number = 0
        self.picture: Shown | None = None
        self.jpeg: asyncio.Future[bytes] | None = None
        self.changed = asyncio.Event()
        self.watched_until = -float("inf")


class Shelf:
    """The slots of all streams."""

    def __init__(self) -> None:
        self.figures: Sequence[Figures] = ()
        self._slots: dict[str, _Slot] = {}

    def __contains__(self, stream: str) -> bool:
        return stream in self._slots

    def put(self, picture: Shown) -> None:
        """Take a stream's newest picture."""
        slot = self._slots.setdefault(picture.stream, _Slot())
        slot.number += 1
        slot.picture, slot.jpeg = picture, None
        self._wake(slot)

    def tell(self, figures: Sequence[Figures]) -> None:
        """Learn how the streams are, and forget all others."""
        self.figures = figures
        known = {each.stream for each in figures}
        for name in known:
            self._slots.setdefault(name, _Slot())
        for name in self._slots.keys() - known:
            self._wake(self._slots.pop(name))

    def runs(self, stream: str) -> bool:
        """Whether a stream may have more pictures."""
        return any(each.stream == stream and each.state == "running" for each in self.figures)

    def watched(self, now: float) -> list[str]:
        """The streams that somebody watches."""
        return [name for name, slot in self._slots.items() if now < slot.watched_until]

    async def newer(self, stream: str, number: int, within_s: float) -> tuple[int, bytes] | None:
        """Wait for a picture of a stream after this one, and encode it; None where none has come.

        Args:
            stream: one that is known.
            number: of the last that was got, 0 for none; one that is yet to come was another server's, and is none.
            within_s: how long.

        Returns:
            The picture's number, and a JPEG file.
        """
        slot = self._slots[stream]
        loop = asyncio.get_running_loop()
        slot.watched_until = loop.time() + max(within_s, LEASE_S)
        if number > slot.number:
            number = 0
        if slot.number == number:
            try:
                await asyncio.wait_for(slot.changed.wait(), within_s)
            except TimeoutError:
                return None
        if slot.picture is None or slot.number == number:
            return None
        if slot.jpeg is None:
            slot.jpeg = loop.run_in_executor(None, encoded, slot.picture)
        found = slot.number
        return found, await asyncio.shield(slot.jpeg)  # another may be waiting for the same

    def _wake(self, slot: _Slot) -> None:
        slot.changed.set()
        slot.changed = asyncio.Event()


def encoded(picture: Shown) -> bytes:
    """A picture as a JPEG file."""
    bgr = cv2.cvtColor(picture.i420, cv2.COLOR_YUV2BGR_I420)[: picture.height, : picture.width]
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done, bgr.shape
    return data.tobytes()
