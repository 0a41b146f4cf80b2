"""Who somebody is: size, colours, hair, clothes, what is carried. Values that a few integers decide.

Colours are (blue, green, red), 0..255, in plain daylight. Lengths are shares of the body's height.

What this file does not know: poses, shapes, pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from common.street_chance import Chance

Colour = tuple[int, int, int]
Top = Literal["shirt", "jacket", "coat", "hoodie", "dress"]
Bottom = Literal["trousers", "shorts", "skirt"]
Hair = Literal["short", "long", "bun", "bald", "cap", "hood"]
Carried = Literal["nothing", "backpack", "handbag", "shoulder bag"]

_LOOK: Final = 4

_SKINS: Final[tuple[Colour, ...]] = (
    (158, 184, 222), (140, 172, 216), (122, 156, 206), (104, 142, 196), (76, 112, 166), (54, 82, 128), (40, 60, 96),
)  # fmt: skip
_HAIRS: Final[tuple[Colour, ...]] = (
    (22, 24, 30), (28, 34, 44), (34, 50, 74), (48, 76, 112), (90, 138, 180), (130, 134, 140), (38, 52, 104),
)  # fmt: skip
_CLOTHS: Final[tuple[Colour, ...]] = (
    (48, 44, 42), (70, 64, 60), (110, 104, 100), (170, 166, 162), (222, 222, 224), (96, 62, 40), (140, 88, 46),
    (168, 124, 84), (44, 50, 150), (58, 54, 190), (50, 96, 176), (64, 150, 212), (74, 178, 220), (60, 98, 56),
    (86, 122, 72), (116, 152, 120), (120, 70, 112), (148, 110, 176), (172, 168, 120), (150, 190, 210), (60, 84, 116),
)  # fmt: skip
_TROUSERS: Final[tuple[Colour, ...]] = (
    (44, 40, 38), (62, 56, 54), (88, 60, 44), (110, 78, 56), (136, 104, 80), (96, 92, 90), (130, 158, 178),
    (70, 92, 116), (56, 70, 80), (150, 150, 152),
)  # fmt: skip
_SHOES: Final[tuple[Colour, ...]] = ((30, 30, 32), (36, 44, 62), (204, 204, 206), (44, 60, 88), (60, 56, 54))


@dataclass(frozen=True, slots=True)
class Look:
    """How one person looks, in whatever pose.

    Attributes:
        height_m: of the body, from the ground to the top of the head.
        leg_colour: of legs below a skirt, a dress or shorts.
        build: width of the body; 1 is the usual.
        stripes: whether the top has them.
        arm: how far arms swing, 1 is the usual; on_phone: one hand is held up.
    """

    height_m: float
    build: float
    skin: Colour
    hair: Hair
    hair_colour: Colour
    beard: bool
    top: Top
    top_colour: Colour
    under_colour: Colour
    long_sleeves: bool
    stripes: bool
    bottom: Bottom
    bottom_colour: Colour
    leg_colour: Colour
    shoe_colour: Colour
    carried: Carried
    bag_colour: Colour
    arm: float
    on_phone: bool


@lru_cache(maxsize=1024)
def look(keys: tuple[int, int, int]) -> Look:
    """Who those keys mean: seed, person, trip."""
    chance = Chance(_LOOK, *keys)
    top: Top = chance.pick(("shirt", "shirt", "jacket", "jacket", "hoodie", "coat", "dress"))
    bottoms: tuple[Bottom, ...] = ("trousers", "trousers", "trousers", "trousers", "trousers", "skirt", "shorts")
    bottom = chance.pick(bottoms[:-1] if top in {"coat", "jacket"} else bottoms)
    hair: Hair = chance.pick(("short", "short", "short", "long", "long", "bun", "bald", "cap"))
    carried: Carried = chance.pick(("nothing", "nothing", "backpack", "handbag", "shoulder bag"))
    skin, dark_legs = chance.pick(_SKINS), bottom != "shorts" and chance.happens(0.45)
    return Look(
        height_m=chance.between(1.56, 1.9),
        build=chance.between(0.9, 1.18),
        skin=skin,
        hair="hood" if top == "hoodie" and chance.happens(0.25) else hair,
        hair_colour=chance.pick(_HAIRS),
        beard=hair in {"short", "bald", "cap"} and top != "dress" and bottom != "skirt" and chance.happens(0.35),
        top=top,
        top_colour=_varied(chance, chance.pick(_CLOTHS)),
        under_colour=_varied(chance, chance.pick(_CLOTHS)),
        long_sleeves=top in {"jacket", "coat", "hoodie"} or chance.happens(0.4),
        stripes=top == "shirt" and chance.happens(0.3),
        bottom=bottom,
        bottom_colour=_varied(chance, chance.pick(_TROUSERS)),
        leg_colour=chance.pick(((40, 38, 38), (64, 58, 56))) if dark_legs else skin,
        shoe_colour=chance.pick(_SHOES),
        carried=carried,
        bag_colour=_varied(chance, chance.pick(_CLOTHS)),
        arm=chance.between(0.6, 1.15),
        on_phone=chance.happens(0.12),
    )


def _varied(chance: Chance, colour: Colour) -> Colour:
    """The colour, a little lighter or darker and less or more of it."""
    grey, tone, fade = sum(colour) / 3, chance.between(0.8, 1.08), chance.between(0.05, 0.35)
    shifts = [chance.between(-8.0, 8.0) for _ in range(3)]
    faded = [part + (grey - part) * fade for part in colour]
    blue, green, red = (
        min(max(round(part * tone + shift), 18), 222) for part, shift in zip(faded, shifts, strict=True)
    )
    return blue, green, red
