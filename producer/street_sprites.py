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

    Bytes = NDArray[np.uint8]

SPRITES_BYTES: Final = 64 * 1024**2
"""Six people at 1280x720 take about 50 MB in 24 seconds; one of a kept picture is at most 1 MB."""

HEIGHTS_PX: Final = (48, 64, 90, 128, 180, 256, 360, 512, 720)
"""A body is drawn at the least of them that need not be enlarged by more than _ENLARGED, or at the last one."""

_ENLARGED: Final = 1.15

_SMOOTH: Final = 0.015
"""What is rounder than this is large enough to show folds and grain."""

_FINE: Final = 2
"""Small bodies are drawn at so many times their size ..."""

_SMALL_PX: Final = 128
"""... up to this one: cv2's smooth edges are not that smooth."""

_EDGE_PX: Final = 0.55
"""How far beyond an outline cv2's smooth edge lies; measured."""

_LEAST: Final = 0.5
"""Of a thing so small that its edge is all there is, this much of its size stays."""

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
    luma: Bytes
    cover: Bytes
    cb: Bytes
    cr: Bytes
    half_cover: Bytes
    shade: Bytes

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
        while self._nbytes > SPRITES_BYTES:
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
    canvas = _Canvas((width * fine, height * fine), height_px * fine, light)
    outlines = iter(_fixed(figure.outlines, (left, top), height_px * fine))
    for part in figure.parts:
        canvas.draw(part, [next(outlines) for _ in part.outlines])
    luma, cover = (_shrunk(plane, width, height) for plane in (canvas.luma, canvas.chroma[..., 2]))
    cb, cr, half_cover = cv2.split(_shrunk(canvas.chroma, width // 2, height // 2))
    shade = cv2.blur(_shrunk(cover, width // 4, height // 4), (3, 3))
    return Sprite(height_px, left, top, luma, cover, *map(_bytes, (cb, cr, half_cover, shade)))


class _Canvas:
    """What a body is drawn on.

    Args:
        size: width and height in pixels.
        height_px: pixels of the body's height.
        light: see `Sprites`.

    Attributes:
        luma: uint8 [H, W], times cover.
        chroma: uint8 [H, W, 3], Cb and Cr times cover, and cover 0..255.
    """

    def __init__(self, size: tuple[int, int], height_px: int, light: Light) -> None:
        width, height = size
        self.luma: Bytes = np.zeros((height, width), np.uint8)
        self.chroma: Bytes = np.zeros((height, width, 3), np.uint8)
        self._height_px = height_px
        self._light = light

    def draw(self, part: Part, outlines: list[NDArray[np.int32]]) -> None:
        """Draw a part, its outlines in fractions of a pixel, over what is there."""
        luma, cb, cr = ycbcr(self._light.on(part.colour))
        rows, columns = _about(outlines, self.luma.shape)
        mask: Bytes = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        start = np.array((columns.start << _SHIFT, rows.start << _SHIFT), np.int32)
        for outline in outlines:
            cv2.fillPoly(self.chroma, [outline], (cb, cr, 255.0), cv2.LINE_AA, _SHIFT)
            cv2.fillPoly(mask, [outline - start], (255.0,), cv2.LINE_AA, _SHIFT)
        paint = self._paint(part, mask, luma)
        area = self.luma[rows, columns]
        cv2.multiply(area, cv2.bitwise_not(mask), dst=area, scale=1 / 255)
        cv2.add(area, cv2.multiply(paint, mask, scale=1 / 255), dst=area)

    def _paint(self, part: Part, mask: Bytes, luma: float) -> Bytes:
        """The luma of each pixel of a part: less at its edges, more towards the light."""
        if not part.round:
            return np.full_like(mask, round(luma))
        reach = max(1, round(part.round * self._height_px))
        soft = cv2.blur(mask, (2 * reach + 1, 2 * reach + 1), borderType=cv2.BORDER_CONSTANT)
        # In one go: how far inside a pixel is, how much further to the right, how much further down.
        across, down = -0.085 * self._light.side * reach, 0.04 * reach
        kernel = (across * _ACROSS + down * _ACROSS.T + 0.36 * _HERE) * ((luma - 16) / 255)
        paint = _bytes(cv2.filter2D(soft, cv2.CV_8U, kernel, delta=16 + 0.72 * (luma - 16)))
        if part.round > _SMOOTH:
            cloth = _cloth()[: mask.shape[0], mask.shape[1] : 2 * mask.shape[1]]
            cv2.multiply(paint, cloth, dst=paint, scale=1 / 128)
        if part.stripes:
            up = np.arange(mask.shape[0]) / self._height_px
            dark = up % part.stripes < part.stripes / 2
            paint[dark] = paint[dark] // 3 * 2
        return paint


def _fixed(outlines: list[NDArray[np.float32]], corner: tuple[float, float], height_px: int) -> list[NDArray[np.int32]]:
    """Outlines in cv2's fractions of a pixel, from the middle of the first one; smaller by what smooth edges add."""
    begins = np.cumsum([0, *(len(outline) for outline in outlines)])
    at = (np.concatenate(outlines) - np.array(corner, np.float32)) * np.float32(height_px) - np.float32(0.5)
    low, high = (edge.reduceat(at, begins[:-1], axis=0) for edge in (np.minimum, np.maximum))
    middle, half = (low + high) / 2, (high - low) / 2
    shrunk = np.maximum(1 - _EDGE_PX / np.maximum(half, _EDGE_PX), _LEAST)
    middle, shrunk = (np.repeat(each, np.diff(begins), axis=0) for each in (middle, shrunk))
    fixed = np.rint((middle + (at - middle) * shrunk) * (1 << _SHIFT)).astype(np.int32)
    return np.split(fixed, begins[1:-1])


def _about(outlines: list[NDArray[np.int32]], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns that outlines lie in, and what their smooth edges take beyond."""
    corners = np.concatenate(outlines) >> _SHIFT
    (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    rows = slice(max(y1 - 2, 0), min(y2 + 3, shape[0]))
    return rows, slice(max(x1 - 2, 0), min(x2 + 3, shape[1]))


def _shrunk(image: Bytes, width: int, height: int) -> Bytes:
    return _bytes(cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=cv2.INTER_AREA))


def _bytes(image: object) -> Bytes:
    """What cv2 makes of uint8 is uint8, which its stubs do not say."""
    return cast("Bytes", image)


@lru_cache(maxsize=1)
def _cloth() -> Bytes:
    """How light cloth is, about 128: folds that run downwards, and its grain; uint8 [1024, 2048]."""
    chance = np.random.default_rng(0)
    folds = cv2.resize(chance.standard_normal((40, 170), np.float32), (2048, 1024), interpolation=cv2.INTER_CUBIC)
    grain = chance.standard_normal((1024, 2048), np.float32)
    cloth: Bytes = np.clip(128 * (1 + 0.045 * folds + 0.02 * grain), 0, 255).astype(np.uint8)
    return cloth


def ycbcr(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """(blue, green, red) as BT.601 limited range."""
    blue, green, red = (part / 255 for part in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return 16 + 219 * luma, 128 + 224 * (blue - luma) / 1.772, 128 + 224 * (red - luma) / 1.402
