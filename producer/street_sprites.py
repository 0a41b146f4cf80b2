"""People as small pictures: each pose is drawn once at one of a few sizes, kept, and scaled to where it is needed.

Guarantees at most SPRITES_BYTES of kept pictures, whatever is drawn: those that were not used for longest go first.

What this file does not know: streets, frames.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.street import Person
    from common.street_body import Figure
    from common.street_shapes import Part
    from producer.street_light import Light

SPRITES_BYTES: Final = 64 * 1024**2

HEIGHTS_PX: Final = (48, 64, 90, 128, 180, 256, 360, 512, 720)
"""A body is drawn at the least of them that need not be enlarged by more than _ENLARGED, or at the last one."""

_ENLARGED: Final = 1.15

_SMOOTH: Final = 0.015
"""What is rounder than this is large enough to show folds and grain."""

_FINE: Final = 2
"""Small bodies are drawn at so many times their size ..."""

_SMALL_PX: Final = 128
"""... up to this one: cv2's smooth edges lie half a pixel too far outside."""

_SHIFT: Final = 4
"""Bits of a corner's fraction of a pixel."""

_ACROSS: Final = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
_HERE: Final = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)


@dataclass(frozen=True, slots=True)
class Sprite:
    """A drawn body.

    Attributes:
        height_px: pixels of the body's height.
        left, top: the picture's corner in the body's coordinates (see `common.street_body`).
        luma, cover: uint8 [H, W], luma times cover, and cover 0..255; H and W are multiples of 4.
        cb, cr, half_cover: uint8 [H / 2, W / 2], likewise.
        shade: uint8 [H / 4, W / 4], cover, blurred: what throws a shadow.
    """

    height_px: int
    left: float
    top: float
    luma: NDArray[np.uint8]
    cover: NDArray[np.uint8]
    cb: NDArray[np.uint8]
    cr: NDArray[np.uint8]
    half_cover: NDArray[np.uint8]
    shade: NDArray[np.uint8]

    @property
    def nbytes(self) -> int:
        """What it takes of SPRITES_BYTES."""
        return 2 * self.luma.nbytes + 3 * self.cb.nbytes + self.shade.nbytes


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
        height = next((height for height in HEIGHTS_PX if height * _ENLARGED >= person.scale), HEIGHTS_PX[-1])
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
    fine = _FINE if height_px <= _SMALL_PX else 1
    canvas = _Canvas(width * fine, height * fine)
    for part in figure.parts:
        _draw(part, canvas, (left, top), height_px * fine, light)
    half = cv2.resize(canvas.chroma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    full = canvas.luma, np.ascontiguousarray(canvas.chroma[..., 2])
    luma, cover = (cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA) for plane in full)
    quarter = cv2.resize(cover, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    return Sprite(height_px, left, top, luma, cover, *cv2.split(half), cv2.blur(quarter, (3, 3)))


class _Canvas:
    """What a body is drawn on.

    Attributes:
        luma: uint8 [H, W], times cover.
        chroma: uint8 [H, W, 3], Cb and Cr times cover, and cover 0..255.
    """

    def __init__(self, width: int, height: int) -> None:
        self.luma = np.zeros((height, width), np.uint8)
        self.chroma = np.zeros((height, width, 3), np.uint8)


def _draw(part: Part, canvas: _Canvas, corner: tuple[float, float], height_px: int, light: Light) -> None:
    """Draw a part over what is there."""
    scale = np.float32(height_px * (1 << _SHIFT))
    middle = np.float32(1 << (_SHIFT - 1))
    outlines = [np.rint((outline - np.float32(corner)) * scale - middle).astype(np.int32) for outline in part.outlines]
    luma, cb, cr = ycbcr(light.on(part.colour))
    reach = max(1, round(part.round * height_px))
    rows, columns = _about(outlines, reach + 2, canvas.luma.shape)
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    start = np.array((columns.start << _SHIFT, rows.start << _SHIFT), np.int32)
    for outline in outlines:
        cv2.fillPoly(canvas.chroma, [outline], (cb, cr, 255.0), cv2.LINE_AA, _SHIFT)
        cv2.fillPoly(mask, [outline - start], (255.0,), cv2.LINE_AA, _SHIFT)
    paint = _paint(part, mask, reach, luma, (light, height_px))
    area = canvas.luma[rows, columns]
    cv2.multiply(area, cv2.bitwise_not(mask), dst=area, scale=1 / 255)
    cv2.add(area, cv2.multiply(paint, mask, scale=1 / 255), dst=area)


def _about(outlines: list[NDArray[np.int32]], more: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns that outlines lie in, and some more."""
    corners = np.concatenate(outlines) >> _SHIFT
    (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    rows = slice(max(y1 - more, 0), min(y2 + more + 1, shape[0]))
    return rows, slice(max(x1 - more, 0), min(x2 + more + 1, shape[1]))


def _paint(part: Part, mask: NDArray[np.uint8], reach: int, luma: float, where: tuple[Light, int]) -> NDArray[np.uint8]:
    """The luma of each pixel of a part: less at its edges, more towards the light."""
    light, height_px = where
    if not part.round:
        return np.full_like(mask, round(luma))
    soft = cv2.blur(mask, (2 * reach + 1, 2 * reach + 1))
    # In one go: how far inside a pixel is, how much further to the right, how much further down.
    across, down = -0.085 * light.side * reach, 0.04 * reach
    kernel = (across * _ACROSS + down * _ACROSS.T + 0.36 * _HERE) * ((luma - 16) / 255)
    paint = cv2.filter2D(soft, cv2.CV_8U, kernel, delta=16 + 0.72 * (luma - 16))
    if part.round > _SMOOTH:
        cloth = _cloth()[: mask.shape[0], mask.shape[1] : 2 * mask.shape[1]]
        cv2.multiply(paint, cloth, dst=paint, scale=1 / 128)
    if part.stripes:
        row = np.arange(mask.shape[0]) / height_px
        paint[row % part.stripes < part.stripes / 2] //= 3
        paint[row % part.stripes < part.stripes / 2] *= 2
    return cast("NDArray[np.uint8]", paint)


@lru_cache(maxsize=1)
def _cloth() -> NDArray[np.uint8]:
    """How light cloth is, about 128: folds that run downwards, and its grain; uint8 [1024, 2048]."""
    chance = np.random.default_rng(0)
    folds = cv2.resize(chance.standard_normal((40, 170), np.float32), (2048, 1024), interpolation=cv2.INTER_CUBIC)
    grain = chance.standard_normal((1024, 2048), np.float32)
    return np.clip(128 * (1 + 0.045 * folds + 0.02 * grain), 0, 255).astype(np.uint8)


def ycbcr(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """(blue, green, red) as BT.601 limited range."""
    blue, green, red = (part / 255 for part in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return 16 + 219 * luma, 128 + 224 * (blue - luma) / 1.772, 128 + 224 * (red - luma) / 1.402
