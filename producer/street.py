"""Paints the street of `common.street`: its empty picture, with people and their shadows in it.

Guarantees: a frame depends on scene and number alone, and is the same bytes on the same machine in whatever order
frames are asked for. What is drawn of a person ends where `common.street` says, to a pixel of smoothed edge.

What this file does not know: sources, sizes other than the scene's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

import cv2
import numpy as np

from common.job import InputSpec
from common.street import placed
from producer.layout import Planes, fill, resize
from producer.street_backdrop import backdrop
from producer.street_light import light_of
from producer.street_sprites import Sprites
from producer.view import WHOLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.street import Person
    from common.street_scene import Scene
    from producer.street_sprites import Sprite
    from producer.view import View

    Bytes = NDArray[np.uint8]


_LAID: Final = 0.2
"""How high a shadow is in the picture, of what throws it."""


class StreetPainter:
    """Paints frames of a scene, one at a time.

    Args:
        scene: what.
        shadows: whether people throw them.
    """

    def __init__(self, scene: Scene, *, shadows: bool = True) -> None:
        self._scene = scene
        self._light = light = light_of(scene)
        self._empty = _planes(backdrop(scene, light))
        self._shadows = shadows
        self._sprites = Sprites(light)
        self._painted: tuple[int, Planes] | None = None

    def paint(self, number: int, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """Write what is seen of frame `number` (see `producer.source.RawFrame.write_to`)."""
        picture = self.planes(number)
        fill(spec, out, lambda small: resize(picture, small, view))

    def bgr(self, number: int) -> Bytes:
        """Frame `number` as uint8 [H, W, 3], blue, green, red."""
        spec = InputSpec("", self._scene.width, self._scene.height, "bgr", "BGR", "stretch")
        out = np.empty(spec.nbytes, np.uint8)
        self.paint(number, spec, out)
        return out.reshape(spec.shape)

    def planes(self, number: int) -> Planes:
        """Frame `number` at the scene's own size; not to be written to."""
        # The model's input and the original that a collector draws on are of the same frame.
        if self._painted is None or self._painted[0] != number:
            self._painted = number, self._paint(number)
        return self._painted[1]

    def _paint(self, number: int) -> Planes:
        picture = Planes(*(plane.copy() for plane in self._empty))
        figures = [(person, self._sprites.of(person)) for person in placed(self._scene, number)]
        if self._shadows:
            for person, sprite in figures:
                self._shade(picture.luma, person, sprite)
        for person, sprite in figures:
            _blend(picture, person, sprite)
        return picture

    def _shade(self, luma: Bytes, person: Person, sprite: Sprite) -> None:
        """Darken the ground where the light does not reach it: the body, laid down."""
        height, width = sprite.shade.shape
        k, lean = 4 * person.scale / sprite.height_px, self._light.lean
        left, top = sprite.left * person.scale, sprite.top * person.scale
        across = [k, -lean * k, person.x_px + left - lean * top]
        matrix = np.array([across, [0.0, _LAID * k, person.y_px + _LAID * top]])
        corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
        (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        placing = _inside(matrix, (x1, y1), (x2, y2), luma.shape)
        if placing is not None:
            area = luma[placing.rows, placing.columns]
            lit = cv2.convertScaleAbs(placing.warped(sprite.shade), alpha=-self._light.dark, beta=255)
            cv2.multiply(area, lit, dst=area, scale=1 / 255)


def _blend(picture: Planes, person: Person, sprite: Sprite) -> None:
    """Put somebody over a picture."""
    full = _placing(sprite.luma.shape, sprite, person, 1, picture.luma.shape)
    if full is not None:
        _over(picture.luma, sprite.luma, full.warped(sprite.cover), full)
    half = _placing(sprite.cb.shape, sprite, person, 2, picture.cb.shape)
    if half is not None:
        cover = half.warped(sprite.half_cover)
        _over(picture.cb, sprite.cb, cover, half)
        _over(picture.cr, sprite.cr, cover, half)


class _Placing(NamedTuple):
    """How a small picture lies in a plane: in which rows and columns, and cv2's affine matrix from it to them."""

    rows: slice
    columns: slice
    matrix: NDArray[np.float64]

    def warped(self, image: Bytes) -> Bytes:
        """The image as it lies there: one channel, as cv2 takes three times as long for two."""
        size = self.columns.stop - self.columns.start, self.rows.stop - self.rows.start
        return cast("Bytes", cv2.warpAffine(image, self.matrix, size, flags=cv2.INTER_LINEAR))


def _placing(
    size: tuple[int, ...], sprite: Sprite, person: Person, part: int, shape: tuple[int, ...]
) -> _Placing | None:
    """Where an image of a sprite lies in a plane of 1 / part of the frame's size."""
    k = person.scale / sprite.height_px
    left = (person.x_px + person.scale * sprite.left) / part
    top = (person.y_px + person.scale * sprite.top) / part
    # A pixel's middle is half a pixel from its corner, in either picture.
    matrix = np.array([[k, 0.0, left + 0.5 * k - 0.5], [0.0, k, top + 0.5 * k - 0.5]])
    return _inside(matrix, (left, top), (left + size[1] * k, top + size[0] * k), shape)


def _inside(
    matrix: NDArray[np.float64], first: tuple[float, float], last: tuple[float, float], shape: tuple[int, ...]
) -> _Placing | None:
    """The placing in whole pixels around a rectangle, as far as they are in a plane; None if none is."""
    x1, y1 = (max(int(at) - 1, 0) for at in first)
    x2, y2 = (min(int(at) + 2, side) for at, side in zip(last, (shape[1], shape[0]), strict=True))
    if x1 >= x2 or y1 >= y2:
        return None
    matrix[:, 2] -= (x1, y1)
    return _Placing(slice(y1, y2), slice(x1, x2), matrix)


def _over(plane: Bytes, values: Bytes, cover: Bytes, placing: _Placing) -> None:
    """Put values that are times cover already over a plane."""
    area = plane[placing.rows, placing.columns]
    cv2.multiply(area, cv2.bitwise_not(cover), dst=area, scale=1 / 255)
    cv2.add(area, placing.warped(values), dst=area)


def _planes(picture: Bytes) -> Planes:
    """A picture's planes, one after the other: the floats of all at once would take 30 bytes a pixel."""
    luma = 0.299 * _channel(picture, 2)
    luma += 0.587 * _channel(picture, 1)
    luma += 0.114 * _channel(picture, 0)
    half = -(-picture.shape[1] // 2), -(-picture.shape[0] // 2)
    differences = ((_channel(picture, k) - luma) * (224 / scale / 255) for k, scale in ((0, 1.772), (2, 1.402)))
    halved = (cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in differences)
    chroma = (_rounded(cast("NDArray[np.float32]", 128 + plane)) for plane in halved)
    return Planes(_rounded(16 + luma * (219 / 255)), *chroma)


def _channel(picture: Bytes, index: int) -> NDArray[np.float32]:
    return picture[..., index].astype(np.float32)


def _rounded(plane: NDArray[np.float32]) -> Bytes:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
