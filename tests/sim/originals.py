"""What a simulated collector keeps of originals: the real store's books, over memory and files that are simulated.

What this file does not know: which original is whose.
"""

from __future__ import annotations

from typing import cast

from collector.actions import Keep
from collector.picture_store import PictureStore
from common.shm import Attachment
from tests.sim.world import Segment


class Originals(PictureStore):
    """A store that maps simulated segments, and gives out what it keeps as it is."""

    def __init__(self) -> None:
        super().__init__(on_damaged=lambda: None)

    def map(self, stream: str, segment: Segment | None) -> None:
        """Do as `attach` does."""
        self._shelves[stream].segment = cast("Attachment | None", segment)

    def count(self, stream: str) -> int:
        """How many are kept of a stream."""
        shelf = self._shelves.get(stream)
        return 0 if shelf is None else len(shelf.kept)

    def file_bytes(self, stream: str) -> int:
        """How many bytes are kept of a stream, apart from what lies in its producer's memory."""
        shelf = self._shelves.get(stream)
        return 0 if shelf is None else sum(len(keep.data or b"") for keep, _ in shelf.kept.values())

    def look(self, stream: str, seq: int) -> tuple[Keep, bytes] | None:
        """Do as `take` does: the bytes of the file, or those that lie in the slot by now."""
        shelf = self._shelves.get(stream)
        found = None if shelf is None else shelf.kept.pop(seq, None)
        return None if found is None else (found[0], bytes(found[1]))
