"""Draws the frames of all streams from their originals, at the present time: for outputs that show pictures.

Does NOT know what is drawn (the painter), where originals come from (the store), or who wants to see it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from collector.painter import Painter
from collector.picture_store import PictureStore
from common.rows import Row, StreamHeader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collector.picture import Picture

_NOTHING: Final = np.empty((0, 0), np.uint8)


class Studio:
    """See `collector.outputs.Artist`.

    Args:
        pictures: the originals; each is taken out of it when its frame is drawn.
        anonymous: whether what is in a box is to be made unrecognisable.
        clock: monotonic seconds.
        see: is shown each original before it is drawn on.
        paints: whether anybody else wants to see anything; otherwise `draw` gives an empty canvas.
    """

    def __init__(
        self,
        pictures: PictureStore,
        *,
        anonymous: bool = False,
        clock: Callable[[], float] = time.monotonic,
        see: Callable[[Row, Picture | None], None] | None = None,
        paints: bool = True,
    ) -> None:
        self._pictures = pictures
        self._see = see
        self._paints = paints
        self._clock = clock
        self._painter = Painter(anonymous=anonymous)

    def begin(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        """See `Artist.begin`."""
        self._painter.begin(header, labels)

    def draw(self, row: Row) -> NDArray[np.uint8]:
        """See `Artist.draw`."""
        picture = self._pictures.take(row.stream, row.seq)
        if self._see is not None:
            self._see(row, picture)
        return self._painter.paint(row, picture, self._clock()) if self._paints else _NOTHING

    def pass_over(self, row: Row) -> None:
        """See `Artist.pass_over`."""
        self._painter.pass_over(row.stream, self._clock())

    def end(self, stream: str) -> None:
        """See `Artist.end`."""
        self._painter.end(stream)
