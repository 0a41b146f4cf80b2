"""The light of a scene: from where it comes, its colour, how dark shadows are.

What this file does not know: what it falls on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.street_chance import Chance
from common.street_look import Colour
from common.street_scene import Scene

_LIGHT: Final = 11


@dataclass(frozen=True, slots=True)
class Light:
    """Daylight.

    Attributes:
        side: from where it comes, -1 the left .. 1 the right.
        lean: how far to the right a shadow falls for each unit of height.
        dark: share of light that is missing in a shadow.
        tint: factors of blue, green and red.
        sunny: whether the sky is clear.
    """

    side: float
    lean: float
    dark: float
    tint: tuple[float, float, float]
    sunny: bool

    def on(self, colour: Colour) -> Colour:
        """How a colour looks in it."""
        blue, green, red = (min(round(part * gain), 255) for part, gain in zip(colour, self.tint, strict=True))
        return blue, green, red


def light_of(scene: Scene) -> Light:
    """The light of a scene."""
    chance = Chance(scene.seed, _LIGHT)
    sunny = chance.happens(0.6)
    side = chance.between(0.55, 1.0) * (1.0 if chance.happens(0.5) else -1.0)
    bright, warm = chance.between(0.84, 1.12), chance.between(-0.02, 0.09 if sunny else 0.02)
    tint = (bright * (1 - warm), bright, bright * (1 + 0.6 * warm))
    if not sunny:
        side *= 0.5
    return Light(side, -side * chance.between(0.5, 1.1), chance.between(0.34, 0.5) if sunny else 0.16, tint, sunny)
