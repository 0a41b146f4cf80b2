"""Draws a row of houses: walls, windows, shops with awnings, doors, roofs.

What this file does not know: the ground before them, light and shadow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from producer.street_brush import mixed, toned

if TYPE_CHECKING:
    from common.street_chance import Chance
    from common.street_look import Colour
    from producer.street_brush import Brush

_WALLS: Final[tuple[Colour, ...]] = (
    (112, 140, 176), (96, 122, 168), (150, 182, 208), (176, 196, 206), (196, 204, 208), (140, 160, 172),
    (128, 168, 196), (170, 178, 172), (182, 176, 162), (104, 116, 140), (150, 190, 214), (134, 146, 190),
)  # fmt: skip
_TRIMS: Final[tuple[Colour, ...]] = ((228, 232, 234), (206, 214, 220), (70, 66, 62), (120, 132, 142))
_SHOPS: Final[tuple[Colour, ...]] = (
    (58, 62, 150), (66, 92, 54), (110, 72, 40), (62, 58, 54), (60, 120, 180), (118, 96, 56), (92, 60, 96),
)  # fmt: skip
_GLASS: Final[Colour] = (98, 84, 70)
_SKY_IN_GLASS: Final[Colour] = (196, 182, 164)
_LAMPLIGHT: Final[Colour] = (150, 190, 214)
_ROOFS: Final[tuple[Colour, ...]] = ((78, 84, 104), (66, 74, 120), (92, 90, 88), (84, 100, 132))

_HAZE: Final[Colour] = (220, 206, 190)

_STOREY_M: Final = 3.1
_GROUND_STOREY_M: Final = 3.5


def draw_houses(brush: Brush, chance: Chance, half_width_m: float) -> None:
    """Draw houses side by side over the whole width of the picture."""
    x = -half_width_m - chance.between(0.0, 4.0)
    gaps = chance.between(0.0, 0.25)
    while x < half_width_m:
        width = chance.between(5.5, 10.5)
        _house(brush, chance, x, width)
        x += width + (chance.between(1.2, 3.0) if chance.happens(gaps) else 0.0)


def draw_distance(brush: Brush, chance: Chance) -> None:
    """Draw what is seen between houses and over low ones: other houses in the haze, and trees."""
    z = brush.seen.wall_m
    reach = brush.seen.half_width_m(z) + 2
    x = -reach
    while x < reach:
        width, top = chance.between(1.5, 4.0), chance.between(3.0, 5.2)
        wall = mixed(chance.pick(_WALLS), _HAZE, 0.55)
        brush.upright((x, x + width), (0.0, top), z, wall)
        brush.upright((x, x + width), (top, top + 0.5), z, mixed(chance.pick(_ROOFS), _HAZE, 0.5))
        for floor in (1.2, 2.4, 3.6):
            brush.upright((x + 0.3 * width, x + 0.45 * width), (floor, min(floor + 0.7, top)), z, toned(wall, 0.85))
            brush.upright((x + 0.6 * width, x + 0.75 * width), (floor, min(floor + 0.7, top)), z, toned(wall, 0.85))
        x += width
    brush.upright((-reach, reach), (0.0, 0.9), z, (92, 124, 104))


def _house(brush: Brush, chance: Chance, x: float, width: float) -> None:
    z, wall, trim = brush.seen.wall_m, chance.pick(_WALLS), chance.pick(_TRIMS)
    storeys = chance.pick((0, 1, 1, 2, 2, 3))
    top = _GROUND_STOREY_M + storeys * _STOREY_M + 0.5
    _roof(brush, chance.pick(_ROOFS), x, width, top)
    brush.upright((x, x + width), (0.0, top), z, wall)
    if chance.happens(0.45):
        _courses(brush, x, width, top, wall)
    brush.upright((x, x + width), (0.0, 0.45), z, toned(wall, 0.72))
    brush.upright((x - 0.1, x + width + 0.1), (top - 0.3, top), z, trim)
    brush.upright((x, x + width), (top - 0.42, top - 0.3), z, toned(wall, 0.7))
    brush.upright((x + width - 0.12, x + width), (0.0, top - 0.42), z, toned(wall, 0.86))
    columns = max(2, int(width / chance.between(1.9, 2.7)))
    tall, shutters = chance.between(1.4, 1.9), chance.happens(0.3)
    tone = chance.pick(_SHOPS)
    for storey in range(storeys):
        floor = _GROUND_STOREY_M + storey * _STOREY_M
        for column in range(columns):
            middle = x + (column + 0.5) * width / columns
            _window(brush, chance, middle, floor + 0.75, (0.98, tall), trim)
            if shutters:
                _shutters(brush, middle, floor + 0.75, tall, tone)
    if chance.happens(0.6):
        _shop(brush, chance, x, width, trim)
    else:
        _ground_floor(brush, chance, x, width, columns, trim)


def _roof(brush: Brush, colour: Colour, x: float, width: float, top: float) -> None:
    z = brush.seen.wall_m
    corners = ((x - 0.25, top), (x + width + 0.25, top), (x + width - 0.9, top + 1.5), (x + 0.9, top + 1.5))
    brush.polygon([brush.seen.pixel(at, z, up) for at, up in corners], colour)
    for row in range(1, 5):
        brush.upright(
            (x + 0.2 * row, x + width - 0.2 * row), (top + 0.3 * row, top + 0.3 * row + 0.05), z, toned(colour, 0.85)
        )


def _courses(brush: Brush, x: float, width: float, top: float, wall: Colour) -> None:
    """Rows of bricks."""
    for row in range(int(top / 0.2)):
        brush.upright((x, x + width), (row * 0.2, row * 0.2 + 0.035), brush.seen.wall_m, toned(wall, 0.91))


def _window(brush: Brush, chance: Chance, middle: float, sill: float, size: tuple[float, float], trim: Colour) -> None:
    """Glass that mirrors the sky or shows a curtain, in a frame with a sill."""
    z, (width, tall) = brush.seen.wall_m, size
    left, right = middle - width / 2, middle + width / 2
    brush.upright((left - 0.1, right + 0.1), (sill - 0.08, sill + tall + 0.12), z, trim)
    _glass(brush, chance, (left, right), (sill, sill + tall))
    if chance.happens(0.35):
        shut = chance.between(0.2, 0.4) * width
        curtain = mixed((216, 220, 224), _GLASS, chance.between(0.15, 0.45))
        brush.upright((left, left + shut), (sill, sill + tall), z, curtain)
        brush.upright((right - shut, right), (sill, sill + tall), z, curtain)
    brush.upright((middle - 0.035, middle + 0.035), (sill, sill + tall), z, trim)
    brush.upright((left, right), (sill + 0.62 * tall, sill + 0.62 * tall + 0.06), z, trim)
    brush.upright((left - 0.2, right + 0.2), (sill - 0.18, sill - 0.06), z, toned(trim, 0.93))
    brush.upright((left - 0.15, right + 0.15), (sill - 0.26, sill - 0.18), z, toned(_GLASS, 0.9))


def _glass(brush: Brush, chance: Chance, x_m: tuple[float, float], up_m: tuple[float, float]) -> None:
    """Darker below, lighter above, with a slanting reflection."""
    z, bands, sky = brush.seen.wall_m, 6, chance.between(0.1, 0.55)
    low, high = up_m
    colour = _LAMPLIGHT if chance.happens(0.06) else _GLASS
    for band in range(bands):
        share = band / bands
        brush.upright(x_m, (low + (high - low) * share, high), z, mixed(colour, _SKY_IN_GLASS, sky * share))
    left, right = x_m
    wide, start = (right - left) * chance.between(0.2, 0.4), left + (right - left) * chance.between(0.0, 0.3)
    slant = min(0.45 * (right - left), right - start - wide)
    corners = ((start, low), (start + wide, low), (start + wide + slant, high), (start + slant, high))
    tone = mixed(colour, _SKY_IN_GLASS, 0.25 + 0.3 * sky)
    brush.polygon([brush.seen.pixel(x, z, up) for x, up in corners], tone)


def _shutters(brush: Brush, middle: float, sill: float, tall: float, colour: Colour) -> None:
    z = brush.seen.wall_m
    for side in (-1, 1):
        left = middle + side * 0.83 - 0.22
        brush.upright((left, left + 0.44), (sill - 0.05, sill + tall + 0.05), z, colour)
        for slat in range(1, 8):
            up = sill + tall * slat / 8
            brush.upright((left + 0.05, left + 0.39), (up, up + 0.05), z, toned(colour, 0.78))


def _ground_floor(brush: Brush, chance: Chance, x: float, width: float, columns: int, trim: Colour) -> None:
    door = int(chance.unit() * columns)
    for column in range(columns):
        middle = x + (column + 0.5) * width / columns
        if column == door:
            _door(brush, chance, middle, trim)
        else:
            _window(brush, chance, middle, 1.15, (1.0, 1.6), trim)


def _door(brush: Brush, chance: Chance, middle: float, trim: Colour) -> None:
    z, colour = brush.seen.wall_m, chance.pick(_SHOPS)
    brush.upright((middle - 0.68, middle + 0.68), (0.0, 2.75), z, trim)
    brush.upright((middle - 0.53, middle + 0.53), (0.08, 2.2), z, colour)
    _glass(brush, chance, (middle - 0.53, middle + 0.53), (2.28, 2.65))
    for side in (-1, 1):
        for low, high in ((0.3, 0.95), (1.1, 2.05)):
            centre = middle + side * 0.25
            brush.upright((centre - 0.18, centre + 0.18), (low, high), z, toned(colour, 0.8))
            brush.upright((centre - 0.15, centre + 0.18), (low, high - 0.04), z, toned(colour, 1.12))
    brush.disc(middle + 0.45, 1.05, z, 0.045, (120, 190, 210))
    brush.upright((middle - 0.8, middle + 0.8), (0.0, 0.09), z, (150, 154, 158))


def _shop(brush: Brush, chance: Chance, x: float, width: float, trim: Colour) -> None:
    """A shop's front: panes, a door, a sign, often an awning."""
    z, colour = brush.seen.wall_m, chance.pick(_SHOPS)
    left, right = x + 0.4, x + width - 0.4
    brush.upright((left, right), (0.0, 3.2), z, colour)
    brush.upright((left, right), (0.0, 0.45), z, toned(colour, 0.75))
    panes = max(2, round((right - left) / 1.7))
    step, door = (right - left) / panes, int(chance.unit() * panes)
    for pane in range(panes):
        begin, end = left + pane * step + 0.1, left + (pane + 1) * step - 0.1
        _glass(brush, chance, (begin, end), (0.1 if pane == door else 0.55, 2.45))
        if pane == door:
            brush.upright((begin, end), (0.1, 0.4), z, toned(colour, 0.85))
            brush.upright((end - 0.22, end - 0.16), (0.9, 1.5), z, (200, 206, 210))
        else:
            _goods(brush, chance, begin, end)
    brush.upright((left, right), (2.55, 3.15), z, toned(colour, 1.15))
    _sign(brush, chance, left, right, trim)
    if chance.happens(0.55):
        _awning(brush, chance, left, right, colour)


def _goods(brush: Brush, chance: Chance, begin: float, end: float) -> None:
    """What is on show behind a pane, dimly."""
    z, x = brush.seen.wall_m, begin + 0.1
    while x < end - 0.35:
        wide, tall = chance.between(0.12, 0.3), chance.between(0.15, 0.7)
        brush.upright((x, x + wide), (0.57, 0.57 + tall), z, mixed(chance.pick(_SHOPS), _GLASS, 0.45))
        x += wide + chance.between(0.05, 0.3)


def _sign(brush: Brush, chance: Chance, left: float, right: float, trim: Colour) -> None:
    """Something like letters."""
    z, letters = brush.seen.wall_m, int(chance.between(5, 11))
    x = (left + right) / 2 - letters * 0.15
    for _ in range(letters):
        wide = chance.between(0.1, 0.22)
        brush.upright((x, x + 0.06), (2.7, 3.0), z, trim)
        brush.upright((x, x + wide), (chance.pick((2.7, 2.83, 2.95)), 3.0), z, trim)
        x += 0.3


def _awning(brush: Brush, chance: Chance, left: float, right: float, colour: Colour) -> None:
    """Striped cloth that leans out over the pavement, and the dimness below it."""
    seen, wall = brush.seen, brush.seen.wall_m
    out, stripes = wall - 0.7, max(4, round((right - left) / 0.45))
    light = chance.pick(((222, 228, 232), (190, 214, 224), toned(colour, 1.5)))
    brush.upright((left, right), (2.15, 2.5), wall, toned(_GLASS, 0.6))
    for stripe in range(stripes):
        begin, end = (left + (right - left) * k / stripes for k in (stripe, stripe + 1))
        tone = light if stripe % 2 else colour
        corners = ((begin, 3.0, wall), (end, 3.0, wall), (end, 2.35, out), (begin, 2.35, out))
        brush.polygon([seen.pixel(x, z, up) for x, up, z in corners], tone)
        brush.upright((begin, end), (2.12, 2.35), out, toned(tone, 0.82))
