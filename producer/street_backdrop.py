"""The empty street: sky, houses, pavements, a road. Drawn once for a scene.

What this file does not know: people, frames, time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from common.street_chance import Chance
from common.street_scene import view

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.street_scene import Scene


def backdrop(scene: Scene) -> NDArray[np.uint8]:
    """The street without people: uint8 [H, W, 3], blue, green, red."""
    seen = view(scene)
    w, h = scene.width, scene.height
    chance = Chance(scene.seed, 10)
    out = np.empty((h, w, 3), np.uint8)
    base = int(seen.pixel(0, seen.wall_m)[1])
    tone = np.array(chance.pick([(150, 170, 190), (120, 140, 170), (170, 175, 180), (110, 125, 150)]))
    out[:] = tone
    ground = np.array(chance.pick([(140, 145, 150), (120, 125, 130), (150, 160, 165)]))
    rows = np.linspace(0.85, 1.1, h - base)[:, None, None]
    out[base:] = np.clip(ground * rows, 0, 255)
    n = chance.pick([6, 8, 10])
    for i in range(n):
        for j in range(3):
            x = int((i + 0.25) * w / n)
            y = base - int((j * 3.0 + 2.8) * seen.scale(seen.wall_m))
            cv2.rectangle(
                out, (x, y), (x + w // n // 2, y + int(1.8 * seen.scale(seen.wall_m))), (90, 80, 70), -1, cv2.LINE_AA
            )
    noise = np.random.default_rng(scene.seed).normal(0, 5, (h, w, 1))
    return np.clip(out + noise, 0, 255).astype(np.uint8)
