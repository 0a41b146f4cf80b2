"""People as small pictures: each pose is drawn once at one of a few sizes, kept, and scaled to where it is needed.

Guarantees at most SPRITES_BYTES of kept pictures, whatever is drawn: those that were not used for longest go first.

What this file does not know: streets, frames.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.street import Person
    from producer.street_light import Light
    from common.street_body import Figure, Part

SPRITES_BYTES: Final = 64 * 1024**2

HEIGHTS_PX: Final = (48, 64, 90, 128, 180, 256, 360, 512, 720)
"""A body is drawn at the least of them that is not below the height wanted, or at the last one."""

_SMOOTH: Final = 0.015
"""What is rounder than this is large enough to show folds and grain."""

_FINE: Final = 2
"""Outlines are filled at so many times the size, for smooth edges."""

_SHIFT: Final = 4
"""Bits of a corner's fraction of a pixel."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A drawn body.

    Attributes:
        height_px: pixels of the body's height.
        left, top: the picture's corner in the body's coordinates (see `common.street_body`).
        luma: uint8 [H, W, 2], luma times cover and cover, H and W even.
        chroma: uint8 [H / 2, W / 2, 3], Cb and Cr times cover, and cover.
        shade: uint8 [H / 4, W / 4], cover, blurred: what throws a shadow.
    """

    height_px: int
    left: float
    top: float
    luma: NDArray[np.uint8]
    chroma: NDArray[np.uint8]
    shade: NDArray[np.uint8]

    @property
    def nbytes(self) -> int:
        """What it takes of SPRITES_BYTES."""
        return self.luma.nbytes + self.chroma.nbytes + self.shade.nbytes


class Sprites:
    """Draws bodies and keeps them.

    Args:
        light: of the scene.
    """

    def __init__(self, light: Light) -> None:
        self._light = light
        self._kept: OrderedDict[tuple[object, ...], Sprite] = OrderedDict()
        self._nbytes = 0

    def of(self, person: Person) -> Sprite:
        """The picture of a person's pose, of about its size."""
        height = next((height for height in HEIGHTS_PX if height >= person.scale), HEIGHTS_PX[-1])
        stand = person.stand
        key = (stand.look, stand.heading, stand.step, height)
        sprite = self._kept.get(key)
        if sprite is None:
            sprite = self._kept[key] = draw(person.figure, height, self._light)
            self._nbytes += sprite.nbytes
            self._forget()
        self._kept.move_to_end(key)
        return sprite

    def _forget(self) -> None:
        while self._nbytes > SPRITES_BYTES and len(self._kept) > 1:
            self._nbytes -= self._kept.popitem(last=False)[1].nbytes


def draw(figure: Figure, height_px: int, light: Light) -> Sprite:
    """Draw a body.

    Args:
        figure: what.
        height_px: pixels of its height.
        light: see `Sprites`.
    """
    x1, y1, x2, y2 = figure.box
    left, top = x1 - 3 / height_px, y1 - 3 / height_px
    width, height = (-(-int((end - begin) * height_px + 7) // 4) * 4 for begin, end in ((left, x2), (top, y2)))
    canvas = np.zeros((height, width, 4), np.float32)
    for part in figure.parts:
        _draw(part, canvas, (left, top), height_px, light)
    cover = canvas[..., 3]
    luma = np.stack([canvas[..., 0], cover * 255], axis=2)
    half = cv2.resize(canvas, (width // 2, height // 2), interpolation=cv2.INTER_AREA)[..., 1:]
    half[..., 2] *= 255
    shade = cv2.blur(cv2.resize(cover * 255, (width // 4, height // 4), interpolation=cv2.INTER_AREA), (3, 3))
    return Sprite(height_px, left, top, _bytes(luma), _bytes(half), _bytes(shade))


def _draw(part: Part, canvas: NDArray[np.float32], corner: tuple[float, float], height_px: int, light: Light) -> None:
    """Draw a part over a canvas [H, W, 4]: luma, Cb and Cr times cover, and cover 0..1."""
    corners = np.concatenate(part.outlines)
    at = (corners - np.float32(corner)) * height_px
    reach = max(1, round(part.round * height_px))
    (x1, y1), (x2, y2) = (
        np.floor(at.min(axis=0)).astype(int) - reach - 2,
        np.ceil(at.max(axis=0)).astype(int) + reach + 2,
    )
    mask = _mask(part, (x2 - x1, y2 - y1), (corner[0] + x1 / height_px, corner[1] + y1 / height_px), height_px)
    tone = _tone(part, mask, reach, light, height_px)
    top, left = max(y1, 0), max(x1, 0)
    inside = slice(top, min(y2, canvas.shape[0])), slice(left, min(x2, canvas.shape[1]))
    cut = slice(top - y1, inside[0].stop - y1), slice(left - x1, inside[1].stop - x1)
    mask, tone = mask[cut][..., None], tone[cut]
    luma, cb, cr = ycbcr(light.on(part.colour))
    paint = np.empty((*tone.shape, 4), np.float32)
    paint[..., 0] = np.clip(16 + (luma - 16) * tone, 16, 235)
    paint[..., 1], paint[..., 2], paint[..., 3] = cb, cr, 1.0
    area = canvas[inside]
    area += (paint - area) * mask


def _mask(part: Part, size: tuple[int, int], corner: tuple[float, float], height_px: int) -> NDArray[np.float32]:
    fine = np.zeros((size[1] * _FINE, size[0] * _FINE), np.uint8)
    for outline in part.outlines:
        at = (outline - np.float32(corner)) * (height_px * _FINE) - 0.5
        cv2.fillPoly(fine, [np.rint(at * (1 << _SHIFT)).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    return cv2.resize(fine, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)


def _tone(part: Part, mask: NDArray[np.float32], reach: int, light: Light, height_px: int) -> NDArray[np.float32]:
    """How light each pixel of a part is: less at its edges, more towards the light."""
    rows, columns = mask.shape
    cloth = _cloth()[:rows, columns : 2 * columns] if part.round > _SMOOTH else np.float32(1)
    if not part.round:
        return np.ones_like(mask)
    soft = cv2.blur(mask, (2 * reach + 1, 2 * reach + 1))
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) * np.float32(reach / 4)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) * np.float32(reach / 4)
    tone = cloth * (0.72 + 0.36 * soft - 0.34 * light.side * across + 0.16 * down)
    if part.stripes:
        rows = np.arange(mask.shape[0]) / height_px
        tone *= (1 - 0.35 * (rows % part.stripes < part.stripes / 2)).astype(np.float32)[:, None]
    return tone.astype(np.float32)


@lru_cache(maxsize=1)
def _cloth() -> NDArray[np.float32]:
    """How light cloth is, about 1: folds that run downwards, and its grain; float32 [1024, 2048]."""
    chance = np.random.default_rng(0)
    folds = cv2.resize(chance.standard_normal((40, 170), np.float32), (2048, 1024), interpolation=cv2.INTER_CUBIC)
    grain = chance.standard_normal((1024, 2048), np.float32)
    return 1 + 0.045 * folds + 0.02 * grain


def ycbcr(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """(blue, green, red) as BT.601 limited range."""
    blue, green, red = (part / 255 for part in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return 16 + 219 * luma, 128 + 224 * (blue - luma) / 1.772, 128 + 224 * (red - luma) / 1.402


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
