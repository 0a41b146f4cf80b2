"""Draws the frames of all streams from their originals, at the present time: for outputs that show pictures.

Does NOT know what is drawn (the painter), where originals come from (the store), or who wants to see it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from collector.painter import Painter
from collector.picture_store import PictureStore
from common.rows import Row, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Studio:
    """See `collector.outputs.Artist`.

    Args:
        pictures: the originals; each is taken out of it when its frame is drawn.
        anonymous: whether what is in a box is to be made unrecognisable.
        clock: monotonic seconds.
    """

    def __init__(
        self, pictures: PictureStore, *, anonymous: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pictures = pictures
        self._clock = clock
        self._painter = Painter(anonymous=anonymous)

    def begin(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        """See `Artist.begin`."""
        self._painter.begin(header, labels)

    def draw(self, row: Row) -> NDArray[np.uint8]:
        """See `Artist.draw`."""
        return self._painter.paint(row, self._pictures.take(row.stream, row.seq), self._clock())

    def pass_over(self, row: Row) -> None:
        """See `Artist.pass_over`."""
        self._painter.pass_over(row.stream, self._clock())

    def end(self, stream: str) -> None:
        """See `Artist.end`."""
        self._painter.end(stream)
