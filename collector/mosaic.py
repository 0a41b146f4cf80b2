"""One picture of all streams, for a window: a grid of tiles, each as large as its cell allows, with its name below.

Guarantees that nothing is enlarged, so that a picture never costs more than its pixels, and that a tile is made anew
only where its picture or the window's size has changed. What this file does not know: windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from collector.shown import Shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bgr = NDArray[np.uint8]

_INK: Final = (255, 255, 255)
_PAPER: Final = (0, 0, 0)


def grid(count: int, aspect: float, width: int, height: int) -> tuple[int, int]:
    """Columns and rows in which so many tiles of an aspect (width / height) are largest."""

    def tile_width(columns: int) -> float:
        rows = -(-count // columns)
        return min(width / columns, height / rows * aspect)

    columns = max(range(1, count + 1), key=tile_width)
    return columns, -(-count // columns)


class Mosaic:
    """The newest picture of each stream, in the order in which they came."""

    def __init__(self) -> None:
        self._pictures: dict[str, Shown] = {}
        self._tiles: dict[str, Bgr] = {}
        self._cell = (0, 0)

    def put(self, picture: Shown) -> None:
        """Take a stream's newest picture."""
        self._pictures[picture.stream] = picture
        self._tiles.pop(picture.stream, None)

    def keep(self, streams: set[str]) -> None:
        """Let go of all other streams, as long as there are some of these to be seen."""
        if self._pictures.keys() & streams:
            for name in self._pictures.keys() - streams:
                del self._pictures[name]
                self._tiles.pop(name, None)

    def drawn(self, width: int, height: int) -> Bgr | None:
        """What is to be seen in so many pixels: BGR, [height, width, 3] or less; None as long as there is nothing."""
        pictures = self._pictures
        if not pictures:
            return None
        first = next(iter(pictures.values()))
        columns, rows = grid(len(pictures), first.width / first.height, width, height)
        cell = max(2, width // columns), max(2, height // rows)
        if cell != self._cell:
            self._cell = cell
            self._tiles.clear()
        for name, picture in pictures.items():
            if name not in self._tiles:
                self._tiles[name] = _tile(picture, *cell)
        if len(pictures) == 1:
            return self._tiles[first.stream]
        return self._composed(columns, rows)

    def _composed(self, columns: int, rows: int) -> Bgr:
        width, height = self._cell
        whole = np.zeros((rows * height, columns * width, 3), np.uint8)
        for at, (name, tile) in enumerate(self._tiles_in_order()):
            top, left = at // columns * height, at % columns * width
            top += (height - tile.shape[0]) // 2
            left += (width - tile.shape[1]) // 2
            place = whole[top : top + tile.shape[0], left : left + tile.shape[1]]
            place[:] = tile
            _name(place, name)
        return whole

    def _tiles_in_order(self) -> list[tuple[str, Bgr]]:
        return [(name, self._tiles[name]) for name in self._pictures]


def _tile(picture: Shown, width: int, height: int) -> Bgr:
    """A picture that fits into so many pixels."""
    bgr = cv2.cvtColor(picture.i420, cv2.COLOR_YUV2BGR_I420)[: picture.height, : picture.width]
    scale = min(width / picture.width, height / picture.height)
    if scale < 1:
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    return np.asarray(bgr, np.uint8)


def _name(place: Bgr, name: str) -> None:
    """Write a stream's name at the lower left."""
    scale = max(0.4, min(0.8, place.shape[0] / 600))
    (width, height), below = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    bottom = place.shape[0]
    cv2.rectangle(place, (0, bottom - height - 2 * below), (width + 2 * below, bottom), _PAPER, cv2.FILLED)
    cv2.putText(place, name, (below, bottom - below), cv2.FONT_HERSHEY_SIMPLEX, scale, _INK, 1, cv2.LINE_AA)
