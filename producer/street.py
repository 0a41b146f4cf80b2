"""Paints the street of `common.street`: its empty picture, with people and their shadows in it.

Guarantees: a frame depends on scene and number alone, and is the same bytes on the same machine in whatever order frames
are asked for. What is drawn of a person ends where `common.street` says, to a pixel of smoothed edge.

What this file does not know: sources, sizes other than the scene's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from common.street import placed
from producer.street_backdrop import backdrop
from producer.street_light import light_of
from producer.street_sprites import Sprites

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.street import Person
    from common.street_scene import Scene
    from producer.street_sprites import Sprite

    Bytes = NDArray[np.uint8]


_LAID: Final = 0.2
"""How high a shadow is in the picture, of what throws it."""


class Planes(NamedTuple):
    """A picture, BT.601 limited range: luma uint8 [H, W], cb and cr uint8 [ceil(H / 2), ceil(W / 2)]."""

    luma: Bytes
    cb: Bytes
    cr: Bytes


class StreetPainter:
    """Paints frames of a scene, one at a time."""

    def __init__(self, scene: Scene, *, shadows: bool = True) -> None:
        self._scene = scene
        light = light_of(scene)
        self._empty = _planes(backdrop(scene, light))
        self._lean, self._dark = light.lean, light.dark if shadows else 0.0
        self._sprites = Sprites(light)

    def planes(self, number: int) -> Planes:
        """Frame `number`, in arrays of its own."""
        picture = Planes(*(plane.copy() for plane in self._empty))
        figures = [(person, self._sprites.of(person)) for person in placed(self._scene, number)]
        if self._dark:
            for person, sprite in figures:
                self._shade(picture.luma, person, sprite)
        for person, sprite in figures:
            _blend(picture, person, sprite)
        return picture

    def bgr(self, number: int) -> Bytes:
        """Frame `number` as uint8 [H, W, 3], blue, green, red."""
        luma, cb, cr = self.planes(number)
        size = luma.shape[1], luma.shape[0]
        full = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (cr, cb)]
        y, v, u = luma.astype(np.float32) - 16, full[0].astype(np.float32) - 128, full[1].astype(np.float32) - 128
        bgr = np.stack([1.164 * y + 2.017 * u, 1.164 * y - 0.392 * u - 0.813 * v, 1.164 * y + 1.596 * v], axis=2)
        return np.clip(np.rint(bgr), 0, 255).astype(np.uint8)

    def _shade(self, luma: Bytes, person: Person, sprite: Sprite) -> None:
        """Darken the ground where the light does not reach it: the body, laid down."""
        height, width = sprite.shade.shape
        quarter = sprite.height_px / 4
        k = person.scale / quarter
        left, top = sprite.left * person.scale, sprite.top * person.scale
        across = [k, -self._lean * k, person.x_px + left - self._lean * top]
        matrix = np.array([across, [0.0, _LAID * k, person.y_px + _LAID * top]])
        corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
        area = _area(corners.min(axis=0), corners.max(axis=0), luma.shape)
        if area is None:
            return
        x, y, w, h = area
        matrix[:, 2] -= (x, y)
        cover = cv2.warpAffine(sprite.shade, matrix, (w, h), flags=cv2.INTER_LINEAR)
        part = luma[y : y + h, x : x + w]
        cv2.multiply(part, 255 - (cover * self._dark).astype(np.uint8), dst=part, scale=1 / 255)


def _blend(picture: Planes, person: Person, sprite: Sprite) -> None:
    luma = _warped(sprite.luma, sprite, person, 1, picture.luma.shape)
    if luma is not None:
        (x, y), (values, cover) = luma
        _over(picture.luma[y : y + cover.shape[0], x : x + cover.shape[1]], values, cover)
    chroma = _warped(sprite.chroma, sprite, person, 2, picture.cb.shape)
    if chroma is not None:
        (x, y), (cb, cr, cover) = chroma
        inside = slice(y, y + cover.shape[0]), slice(x, x + cover.shape[1])
        _over(picture.cb[inside], cb, cover)
        _over(picture.cr[inside], cr, cover)


def _warped(
    image: Bytes, sprite: Sprite, person: Person, part: int, shape: tuple[int, ...]
) -> tuple[tuple[int, int], tuple[Bytes, ...]] | None:
    """An image of a sprite as it lies in a plane of 1 / part of the frame's size: its corner, its channels."""
    k = person.scale / sprite.height_px
    left = (person.x_px + person.scale * sprite.left) / part
    top = (person.y_px + person.scale * sprite.top) / part
    end = left + image.shape[1] * k, top + image.shape[0] * k
    area = _area((left - 1, top - 1), (end[0] + 1, end[1] + 1), shape)
    if area is None:
        return None
    x, y, w, h = area
    matrix = np.array([[k, 0.0, left - x + 0.5 * k - 0.5], [0.0, k, top - y + 0.5 * k - 0.5]])
    return (x, y), cv2.split(cv2.warpAffine(image, matrix, (w, h), flags=cv2.INTER_LINEAR))


def _area(first, last, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """x, y, width, height of the whole pixels around a rectangle that are inside a plane; None if there are none."""
    x1, y1 = max(int(first[0]) - 1, 0), max(int(first[1]) - 1, 0)
    x2, y2 = min(int(last[0]) + 2, shape[1]), min(int(last[1]) + 2, shape[0])
    return (x1, y1, x2 - x1, y2 - y1) if x1 < x2 and y1 < y2 else None


def _over(area: Bytes, values: Bytes, cover: Bytes) -> None:
    """Put values, already times cover, over an area."""
    cv2.multiply(area, cv2.bitwise_not(cover), dst=area, scale=1 / 255)
    cv2.add(area, values, dst=area)


def _planes(picture: Bytes) -> Planes:
    blue, green, red = (picture[..., k].astype(np.float32) for k in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    half = -(-picture.shape[1] // 2), -(-picture.shape[0] // 2)
    cb, cr = ((blue - luma) * (224 / 1.772 / 255), (red - luma) * (224 / 1.402 / 255))
    chroma = (128 + cv2.resize(plane, half, interpolation=cv2.INTER_AREA) for plane in (cb, cr))
    return Planes(_rounded(16 + luma * (219 / 255)), *(_rounded(plane) for plane in chroma))


def _rounded(plane: NDArray[np.float32]) -> Bytes:
    return np.clip(np.rint(plane), 0, 255).astype(np.uint8)
