"""Draws the ground: slabs, kerbs, a road with its markings, or a square.

What this file does not know: houses, light and shadow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from producer.street_brush import toned

if TYPE_CHECKING:
    from common.street_chance import Chance
    from common.street_look import Colour
    from producer.street_brush import Brush

_SLABS: Final[tuple[Colour, ...]] = (
    (150, 158, 166), (136, 142, 148), (146, 162, 178), (160, 168, 172), (128, 140, 156), (140, 148, 150),
)  # fmt: skip
_ASPHALTS: Final[tuple[Colour, ...]] = ((92, 90, 88), (104, 102, 100), (82, 82, 84), (112, 112, 114))
_PAINT: Final[Colour] = (206, 212, 214)
_KERB: Final[Colour] = (170, 174, 176)
_CLOSEST: Final = 0.55
"""Of the nearest distance where people walk: what is still in the picture below them."""


def draw_ground(brush: Brush, chance: Chance) -> None:
    """Draw everything from the houses to the picture's lower edge."""
    seen = brush.seen
    slab = chance.pick(_SLABS)
    size = chance.between(0.4, 0.7)
    begin, end = _CLOSEST * seen.near_m, seen.wall_m
    if chance.happens(0.35):
        _slabs(brush, chance, (begin, end), slab, size)
        _bands(brush, chance, (begin, end), slab)
        return
    far_kerb = end - chance.between(1.8, 2.6)
    near_kerb = seen.near_m + chance.between(0.12, 0.3) * (far_kerb - seen.near_m)
    _slabs(brush, chance, (far_kerb, end), slab, size)
    _slabs(brush, chance, (begin, near_kerb), slab, size)
    _road(brush, chance, (near_kerb, far_kerb))
    _kerb(brush, far_kerb, far_side=True)
    _kerb(brush, near_kerb, far_side=False)


def _slabs(brush: Brush, chance: Chance, z_m: tuple[float, float], slab: Colour, size: float) -> None:
    """Slabs, each of a tone of its own, with joints between them."""
    begin, end = z_m
    reach = brush.seen.half_width_m(end) + size
    brush.ground((-reach, reach), z_m, toned(slab, 0.86))
    joint, z, row = 0.025, begin, 0
    while z < end:
        last = min(z + size, end)
        half = brush.seen.half_width_m(last) + size
        first = -math.ceil(half / (1.5 * size))
        for column in range(first, -first + 1):
            x = (column + 0.5 * (row % 2)) * 1.5 * size
            tone = toned(slab, chance.between(0.955, 1.045))
            brush.ground((x + joint, x + 1.5 * size - joint), (z + joint, last), tone)
        z, row = last, row + 1


def _bands(brush: Brush, chance: Chance, z_m: tuple[float, float], slab: Colour) -> None:
    """Bands of other stone across a square."""
    begin, end = z_m
    tone, step = toned(slab, chance.pick((0.8, 1.14))), chance.between(2.6, 4.0)
    reach = brush.seen.half_width_m(end)
    x = -math.ceil(reach / step) * step
    while x < reach:
        brush.ground((x - 0.13, x + 0.13), z_m, tone)
        x += step
    z = begin
    while z < end - 0.3:
        brush.ground((-reach - 1, reach + 1), (z, z + 0.26), tone)
        z += step


def _road(brush: Brush, chance: Chance, z_m: tuple[float, float]) -> None:
    near, far = z_m
    seen, asphalt = brush.seen, chance.pick(_ASPHALTS)
    reach = seen.half_width_m(far) + 1
    brush.ground((-reach, reach), z_m, asphalt)
    for _ in range(5):  # mended places
        x, z = chance.between(-reach, reach), chance.between(near + 0.3, far - 1.2)
        size = chance.between(0.6, 2.4), chance.between(0.4, 1.0)
        brush.ground((x, x + size[0]), (z, z + size[1]), toned(asphalt, chance.between(0.9, 1.06)))
    if chance.happens(0.5):
        _zebra(brush, chance.between(-0.35, 0.35) * seen.half_width_m(near), (near + 0.5, far - 0.5))
    _dashes(brush, chance, (near + far) / 2, reach)
    for z in (near + 0.28, far - 0.34):
        brush.ground((-reach, reach), (z, z + 0.09), toned(_PAINT, 0.86))
    _cover(brush, chance.between(-0.6, 0.6) * seen.half_width_m(near), near + 0.3 * (far - near))


def _zebra(brush: Brush, middle: float, z_m: tuple[float, float]) -> None:
    for stripe in range(-3, 3):
        x = middle + stripe * 0.95
        brush.ground((x, x + 0.5), z_m, _PAINT)


def _dashes(brush: Brush, chance: Chance, z: float, reach: float) -> None:
    x = -reach + chance.between(0.0, 3.0)
    while x < reach:
        brush.ground((x, x + 1.6), (z - 0.06, z + 0.06), _PAINT)
        x += 3.6


def _cover(brush: Brush, x: float, z: float) -> None:
    """A manhole."""
    for radius, tone in ((0.36, (66, 66, 68)), (0.31, (98, 98, 100)), (0.2, (84, 84, 86)), (0.13, (100, 100, 102))):
        around = [2 * math.pi * k / 24 for k in range(24)]
        brush.polygon([brush.seen.pixel(x + radius * math.cos(a), z + radius * math.sin(a)) for a in around], tone)


def _kerb(brush: Brush, z: float, *, far_side: bool) -> None:
    """A kerb's stones; its upright face is seen at the road's far side alone."""
    reach = brush.seen.half_width_m(z) + 1
    brush.ground((-reach, reach), (z, z + 0.17) if far_side else (z - 0.17, z), _KERB)
    if far_side:
        brush.upright((-reach, reach), (-0.11, 0.0), z, toned(_KERB, 0.7))
    x = -math.ceil(reach)
    while x < reach:
        brush.ground((x - 0.012, x + 0.012), (z, z + 0.17) if far_side else (z - 0.17, z), toned(_KERB, 0.78))
        x += 1
