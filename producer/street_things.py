"""Draws what stands before the houses: trees, lamp posts, benches, bins. All of it stands behind where people walk.

What this file does not know: light and shadow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from producer.street_brush import mixed, toned

if TYPE_CHECKING:
    from common.street_chance import Chance
    from common.street_look import Colour
    from producer.street_brush import Brush

_LEAVES: Final[tuple[Colour, ...]] = ((52, 104, 74), (46, 92, 60), (60, 128, 104), (50, 110, 120), (44, 84, 70))
_BARK: Final[Colour] = (56, 70, 84)
_IRON: Final[Colour] = (58, 60, 56)


def draw_things(brush: Brush, chance: Chance, light: float) -> None:
    """Draw a row of things along the houses; light comes from -1, the left, to 1, the right."""
    reach = brush.seen.half_width_m(brush.seen.wall_m)
    leaves = chance.pick(_LEAVES)
    x = -reach + chance.between(0.0, 3.0)
    while x < reach:
        kind = chance.pick(("tree", "tree", "lamp", "bench", "bin", "planter"))
        z = brush.seen.wall_m - chance.between(0.35, 0.6)
        if kind == "tree":
            _tree(brush, chance, (x, z), leaves, light)
        elif kind == "lamp":
            _lamp(brush, x, z)
        elif kind == "bench":
            _bench(brush, x, z)
        elif kind == "bin":
            _bin(brush, x, z)
        else:
            _planter(brush, chance, (x, z), leaves, light)
        x += chance.between(2.2, 5.5)


def draw_wood(brush: Brush, chance: Chance, light: float) -> None:
    """Draw a park's hedge and trees where houses might stand."""
    z, leaves = brush.seen.wall_m, chance.pick(_LEAVES)
    reach = brush.seen.half_width_m(z) + 1
    for row, (high, tone) in enumerate(((6.0, 0.62), (4.4, 0.74), (2.6, 0.85))):
        x = -reach
        while x < reach:
            size = chance.between(1.2, 2.2)
            _leaves(brush, chance, (x, high * chance.between(0.75, 1.05), z), size, (toned(leaves, tone), light))
            if row:
                brush.upright((x - 0.1, x + 0.1), (0.0, high), z, toned(_BARK, 0.8))
            x += chance.between(0.9, 1.7)
    x = -reach
    while x < reach:
        _leaves(brush, chance, (x, 0.55, z), 0.75, (toned(leaves, 0.9), light))
        x += 0.45


def _tree(brush: Brush, chance: Chance, at: tuple[float, float], leaves: Colour, light: float) -> None:
    (x, z), tall = at, chance.between(2.2, 3.2)
    corners = ((x - 0.14, 0.0), (x + 0.14, 0.0), (x + 0.08, tall), (x - 0.08, tall))
    brush.polygon([brush.seen.pixel(a, z, up) for a, up in corners], _BARK)
    side = 0.05 if light > 0 else -0.11
    brush.upright((x + side, x + side + 0.06), (0.0, tall), z, toned(_BARK, 1.3))
    size = chance.between(1.1, 1.7)
    _leaves(brush, chance, (x, tall + 0.75 * size, z), size, (leaves, light))


def _leaves(
    brush: Brush, chance: Chance, middle: tuple[float, float, float], size: float, tone: tuple[Colour, float]
) -> None:
    """A crown of many small clumps: dark first, lighter towards the light."""
    (x, up, z), (colour, light) = middle, tone
    clumps = 90
    for clump in range(clumps):
        share = clump / clumps
        angle, away = 2 * math.pi * chance.unit(), math.sqrt(chance.unit()) * size
        aside, above = away * math.cos(angle), away * math.sin(angle)
        lit = 0.5 + 0.3 * (light * aside + above) / size
        dark = toned(colour, 0.55 + 0.85 * lit * (0.4 + 0.6 * share) + chance.between(-0.07, 0.07))
        warm = mixed(dark, (90, 190, 200), 0.12 * max(lit - 0.5, 0.0))
        brush.disc(x + aside, up + 0.85 * above, z, size * chance.between(0.1, 0.24) * (1.25 - 0.6 * share), warm)


def _lamp(brush: Brush, x: float, z: float) -> None:
    brush.upright((x - 0.12, x + 0.12), (0.0, 0.5), z, toned(_IRON, 0.9))
    brush.upright((x - 0.05, x + 0.05), (0.5, 4.3), z, _IRON)
    brush.upright((x - 0.05, x - 0.015), (0.5, 4.3), z, toned(_IRON, 1.5))
    brush.upright((x - 0.28, x + 0.28), (4.2, 4.28), z, _IRON)
    for side in (-0.28, 0.28):
        brush.disc(x + side, 4.42, z, 0.17, _IRON)
        brush.disc(x + side, 4.42, z, 0.14, (206, 226, 236))


def _bench(brush: Brush, x: float, z: float) -> None:
    wood = (70, 104, 146)
    for leg in (-0.75, 0.68):
        brush.upright((x + leg, x + leg + 0.07), (0.0, 0.85), z, _IRON)
    for slat in range(3):
        brush.upright((x - 0.9, x + 0.9), (0.52 + 0.12 * slat, 0.61 + 0.12 * slat), z, toned(wood, 0.9 + 0.08 * slat))
    brush.upright((x - 0.9, x + 0.9), (0.36, 0.46), z, toned(wood, 1.15))


def _bin(brush: Brush, x: float, z: float) -> None:
    green = (64, 88, 60)
    brush.upright((x - 0.25, x + 0.25), (0.05, 0.9), z, green)
    brush.upright((x - 0.25, x - 0.12), (0.05, 0.9), z, toned(green, 1.25))
    brush.upright((x + 0.15, x + 0.25), (0.05, 0.9), z, toned(green, 0.75))
    brush.upright((x - 0.29, x + 0.29), (0.9, 1.0), z, toned(green, 0.7))


def _planter(brush: Brush, chance: Chance, at: tuple[float, float], leaves: Colour, light: float) -> None:
    x, z = at
    _leaves(brush, chance, (x, 0.85, z), 0.5, (leaves, light))
    brush.upright((x - 0.5, x + 0.5), (0.0, 0.55), z, (112, 124, 140))
    brush.upright((x - 0.5, x + 0.5), (0.48, 0.55), z, (140, 152, 166))
    for _ in range(9):
        colour = chance.pick(((70, 70, 214), (90, 200, 236), (190, 130, 220), (236, 236, 240)))
        brush.disc(x + chance.between(-0.42, 0.42), chance.between(0.62, 1.15), z, 0.05, colour)
