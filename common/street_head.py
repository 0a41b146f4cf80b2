"""A head: face, ears, hair, beard, cap or hood.

How much of each is seen depends on where the head faces: the sine of its angle is 1 from behind, -1 from the front.

What this file does not know: the rest of the body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from common.street_look import Colour, Look
from common.street_shapes import Part, Point, Sight

_FACE_UNTIL: Final = 0.25
_BEARD_UNTIL: Final = 0.5
_PEAK_UNTIL: Final = 0.5
_HOOD_OPEN_UNTIL: Final = 0.6
_HAIR_IN_FRONT_FROM: Final = 0.2
"""Sines up to which, or from which on, something is seen."""

_EAR_UNTIL: Final = 0.3
_EYE_UNTIL: Final = 0.75
"""The same for what there is on either side, by how far away that side is: -1 .. 1."""

_PROFILE_FROM: Final = 0.3
"""A square of the cosine: less than this, and a nose does not stand out."""

_HALVES: Final = (0.056, 0.047, 0.067)
"""Half a head's length, width and height."""


def hair_behind(who: Look, sight: Sight) -> Iterator[Part]:
    """What hangs or sticks out behind head and shoulders."""
    if who.hair == "long" and sight.sin <= _HAIR_IN_FRONT_FROM:
        yield sight.chain((((-0.012, 0, 0.93), 0.056), ((-0.035, 0, 0.83), 0.045)), who.hair_colour, 0.02)
    if who.hair == "bun":
        yield sight.chain((((-0.06, 0, 0.965), 0.026), ((-0.055, 0, 0.96), 0.026)), who.hair_colour, 0.02)


def head(who: Look, sight: Sight) -> Iterator[Part]:
    """All above the neck but `hair_behind`, far to near."""
    if who.hair == "hood":
        yield from _hood(who, sight)
    else:
        yield from _bare(who, sight)
    if who.hair in {"short", "bald", "cap", "bun"}:
        yield from _ears(who, sight)
    if sight.sin < _FACE_UNTIL:
        yield from _face(who, sight)


def _hood(who: Look, sight: Sight) -> Iterator[Part]:
    yield sight.lump((0.012, 0, 0.925), (0.072, 0.062, 0.078), who.top_colour, 0.03)
    if sight.sin < _HOOD_OPEN_UNTIL:
        yield sight.lump((0.045, 0, 0.918), (0.045, 0.042, 0.054), who.skin, 0.02)


def _bare(who: Look, sight: Sight) -> Iterator[Part]:
    if sight.cos**2 > _PROFILE_FROM:
        yield sight.chain((((0.066, 0, 0.925), 0.010), ((0.078, 0, 0.916), 0.007)), who.skin)
    yield sight.lump((0.024, 0.0, 0.928), _HALVES, who.skin, 0.03)
    if who.beard and sight.sin < _BEARD_UNTIL:
        yield sight.piece((0.024, 0.0, 0.926), _larger(1.04), (0.6 * sight.cos, -0.8), 0.5, who.hair_colour)
    if who.hair != "bald":
        yield from _hair(who, sight)


def _hair(who: Look, sight: Sight) -> Iterator[Part]:
    cap = who.hair == "cap"
    colour = who.bag_colour if cap else who.hair_colour
    # From behind all of the head is hair, from the front little.
    least = (0.28 if cap else 0.16) - 0.62 * max(sight.sin, 0.0) + 0.1 * max(-sight.sin, 0.0)
    towards = (-0.85 * sight.cos, 0.72 - 0.45 * sight.sin)
    yield sight.piece((0.017, 0.0, 0.934), _larger(1.1), towards, least, colour)
    if cap and sight.sin < _PEAK_UNTIL:
        yield sight.chain((((0.06, 0.0, 0.955), 0.011), ((0.105, 0.0, 0.948), 0.007)), colour)
    if who.hair == "long" and sight.sin > _HAIR_IN_FRONT_FROM:
        yield sight.chain((((-0.01, 0, 0.93), 0.052), ((-0.035, 0, 0.83), 0.048)), colour, 0.03)


def _ears(who: Look, sight: Sight) -> Iterator[Part]:
    for side in (-1, 1):
        if side * sight.cos < _EAR_UNTIL:
            balls = (((-0.004, 0.05 * side, 0.935), 0.0105), ((0.0, 0.047 * side, 0.917), 0.007))
            yield sight.chain(balls, _darker(who.skin, 0.86), 0.004)


def _face(who: Look, sight: Sight) -> Iterator[Part]:
    for side in (-1, 1):
        if side * sight.cos < _EYE_UNTIL:
            balls = (((0.066, 0.019 * side, 0.937), 0.0055), ((0.064, 0.023 * side, 0.937), 0.005))
            yield sight.chain(balls, _darker(who.skin, 0.35))
    mouth = ((0.068, 0.012, 0.893), (0.07, 0.0, 0.892), (0.068, -0.012, 0.893))
    yield sight.chain([(point, 0.0035) for point in mouth], _darker(who.skin, 0.6))


def _larger(factor: float) -> Point:
    length, width, height = _HALVES
    return factor * length, factor * width, factor * height


def _darker(colour: Colour, factor: float) -> Colour:
    blue, green, red = (round(part * factor) for part in colour)
    return blue, green, red
