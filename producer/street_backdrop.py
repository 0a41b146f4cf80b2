"""The empty street: sky, houses or a park, ground, and the light on them. Drawn once for a scene.

Guarantees that a scene's street is the same picture at every size of the same shape, but for its grain.

What this file does not know: people, frames, time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from common.street_chance import Chance
from common.street_scene import view
from producer.street_brush import Brush
from producer.street_ground import draw_ground
from producer.street_houses import draw_distance, draw_houses
from producer.street_things import draw_things, draw_wood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.street_scene import Scene, View
    from producer.street_light import Light

DRAWN_MAX_PIXELS: Final = 4_200_000
"""A larger picture is drawn at half its size and enlarged: drawing takes 50 bytes a pixel for a moment."""

_STREET: Final = 10
_GRAIN: Final = 2.2
"""Standard deviation of a camera's noise, in steps of a pixel."""


def backdrop(scene: Scene, light: Light) -> NDArray[np.uint8]:
    """The street without people: uint8 [H, W, 3], blue, green, red."""
    if scene.width * scene.height > DRAWN_MAX_PIXELS:
        half = replace(scene, width=-(-scene.width // 2), height=-(-scene.height // 2))
        size = scene.width, scene.height
        return cast("NDArray[np.uint8]", cv2.resize(backdrop(half, light), size, interpolation=cv2.INTER_CUBIC))
    seen, chance = view(scene), Chance(scene.seed, _STREET)
    picture = _sky(scene, seen, light)
    brush = Brush(picture, seen)
    draw_distance(brush, chance)
    if chance.happens(0.8):
        draw_houses(brush, chance, seen.half_width_m(seen.wall_m))
    else:
        draw_wood(brush, chance, light.side)
    draw_ground(brush, chance)
    draw_things(brush, chance, light.side)
    return _lit(picture, scene, seen, light)


def _sky(scene: Scene, seen: View, light: Light) -> NDArray[np.uint8]:
    high, low = ((214, 168, 124), (236, 222, 204)) if light.sunny else ((206, 198, 190), (224, 222, 218))
    base = max(int(seen.pixel(0.0, seen.wall_m)[1]), 1)
    share = np.clip(np.arange(scene.height) / base, 0.0, 1.0)[:, None, None]
    rows = np.array(high) + (np.array(low) - np.array(high)) * share
    sky = np.broadcast_to(rows, (scene.height, scene.width, 3)).astype(np.float32)
    clouds = _clouds(scene, (7, 12)) * (14.0 if light.sunny else 7.0)
    return np.ascontiguousarray(np.clip(sky + clouds[..., None], 0, 255).astype(np.uint8))


def _lit(picture: NDArray[np.uint8], scene: Scene, seen: View, light: Light) -> NDArray[np.uint8]:
    """The picture with the light's colour, uneven brightness, soft shadows and a camera's grain."""
    height, width = picture.shape[:2]
    small = _brightness(scene, seen, light)
    gain = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    gain *= 1.0 + 0.012 * _clouds(scene, (height // 6, width // 6)) + 0.016 * _noise(scene, (height, width))
    lit = picture * gain[..., None] * np.array(light.tint, np.float32)
    lit += _GRAIN * _noise(scene, (height, width))[..., None]
    return cast("NDArray[np.uint8]", np.clip(lit, 0, 255).astype(np.uint8))


def _brightness(scene: Scene, seen: View, light: Light) -> NDArray[np.float32]:
    """How bright it is where, on a coarse grid: float32 [90, 160]."""
    rows, columns = 90, 160
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    gain = 1.0 + 0.10 * light.side * (x / columns - 0.5) - 0.16 * ((x / columns - 0.5) ** 2 + (y / rows - 0.5) ** 2)
    base = seen.pixel(0.0, seen.wall_m)[1] / scene.height * rows
    gain *= np.where(y > base, 0.93 + 0.12 * np.clip((y - base) / (rows - base), 0, 1), 1.0)
    # Where walls meet the ground little light comes.
    gain *= 1.0 - 0.22 * np.exp(-((y - base) ** 2) / 5.0)
    return cast("NDArray[np.float32]", gain.astype(np.float32))


def _clouds(scene: Scene, cells: tuple[int, int]) -> NDArray[np.float32]:
    """Soft spots of about -1..1."""
    coarse = _noise(scene, (max(cells[0], 2), max(cells[1], 2)))
    size = scene.width, scene.height
    return cast("NDArray[np.float32]", cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC))


def _noise(scene: Scene, shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.random.default_rng((scene.seed, *shape)).standard_normal(shape, np.float32)
