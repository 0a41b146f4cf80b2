"""Where everybody in the street is at a time: a function of scene and frame, so that no frame needs the one before.

Each of a scene's people keeps to a strip of the ground and crosses it again and again, each time as somebody else: from
outside one edge of the picture to outside the other, straight, often nearer or farther on the way. Some stand.

What this file does not know: what people look like; pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from common.street_chance import Chance
from common.street_scene import Scene, View, view

HEADINGS: Final = 32
"""Directions that people are drawn in: multiples of 11.25 degrees, 0 to the right, a quarter of them away."""

STEPS: Final = 18
"""Phases that a walk is drawn in: from a step of the left foot to the next one of it."""

_SLOT, _TRIP = 2, 3
_MARGIN_M: Final = 0.9
"""Beyond the picture's edge, where nothing of a person with arms and bags is seen."""

_ALWAYS_WALKING: Final = 2
"""The first people of a scene do not stand: some motion there is in any."""

_HIGH_CAMERA_M: Final = 3.2
"""From a lower one, whoever walks below it is larger than the picture."""

_TALLEST_M: Final = 2.05
"""With a hood, in the middle of a step."""

_Path = tuple[tuple[float, float], tuple[float, float]]
"""From where to where: x, z."""

_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Stand:
    """One person's place at a time.

    Attributes:
        look: keys that decide who it is.
        x_m, z_m: where, on the ground.
        heading: of HEADINGS.
        step: of STEPS while walking, else negative: a phase of standing, -1 .. -STEPS.
    """

    look: tuple[int, int, int]
    x_m: float
    z_m: float
    heading: int
    step: int


@dataclass(frozen=True, slots=True)
class _Slot:
    """A strip of the ground, and whose turn it is in it."""

    number: int
    z_m: float
    lap_s: float
    begin: float
    stands: bool


def stands(scene: Scene, number: int) -> list[Stand]:
    """Everybody's place in a frame, far to near; some may be outside the picture."""
    seen = view(scene)
    time_s = float(number / scene.fps)
    found = [_at(scene, seen, slot, time_s) for slot in (_slot(scene, seen, n) for n in range(scene.people))]
    return sorted(found, key=lambda stand: -stand.z_m)


def _slot(scene: Scene, seen: View, number: int) -> _Slot:
    chance = Chance(scene.seed, _SLOT, number)
    first = Chance(scene.seed, _SLOT).unit()
    share = (first + number * _GOLDEN) % 1.0
    # Even in the picture, not on the ground: else nearly all would be far away.
    z_m = 1.0 / (1.0 / seen.far_m + (1.0 / seen.near_m - 1.0 / seen.far_m) * share)
    length = 2 * (seen.half_width_m(z_m) + _MARGIN_M)
    lap_s = length / chance.between(1.0, 1.5)
    return _Slot(number, z_m, lap_s, chance.unit(), number >= _ALWAYS_WALKING and chance.happens(0.15))


def _at(scene: Scene, seen: View, slot: _Slot, time_s: float) -> Stand:
    if slot.stands:
        return _standing(scene, seen, slot, time_s)
    laps = time_s / slot.lap_s + 0.15 + 0.7 * slot.begin
    trip = math.floor(laps)
    chance = Chance(scene.seed, _TRIP, slot.number, trip)
    way = 1.0 if chance.happens(0.5) else -1.0
    path = _to_or_fro(scene, seen, chance, way) if chance.happens(0.3) else None
    (x_begin, begin), (x_end, end) = path or _across(seen, slot, chance, way)
    share = laps - trip
    x_m, z_m = x_begin + (x_end - x_begin) * share, begin + (end - begin) * share
    heading = math.atan2(end - begin, x_end - x_begin)
    gone = math.hypot(x_end - x_begin, end - begin) * share / chance.between(1.3, 1.5)
    return Stand((scene.seed, slot.number, trip), x_m, z_m, _heading(heading), int(gone * STEPS) % STEPS)


def _across(seen: View, slot: _Slot, chance: Chance, way: float) -> _Path:
    """From one side of the picture to the other, in or about the slot's strip."""
    turn = chance.between(0.55, 1.0) if chance.happens(0.4) else chance.between(0.0, 0.15)
    spread = (seen.far_m / seen.near_m) ** (0.5 * turn * (1.0 if chance.happens(0.5) else -1.0))
    begin, end = (_kept(seen, slot.z_m * factor) for factor in (spread, 1.0 / spread))
    x_begin, x_end = (-way * (seen.half_width_m(begin) + _MARGIN_M), way * (seen.half_width_m(end) + _MARGIN_M))
    return (x_begin, begin), (x_end, end)


def _to_or_fro(scene: Scene, seen: View, chance: Chance, way: float) -> _Path | None:
    """From below the picture to one of its sides far away, or back; None where that would fill the picture."""
    if seen.camera_m < _HIGH_CAMERA_M:
        return None
    close = seen.focal_px * (seen.camera_m - _TALLEST_M) / (scene.height - seen.horizon_px)
    far = seen.far_m * chance.between(0.75, 1.0)
    start = chance.between(-0.7, 0.7) * seen.half_width_m(close), close
    end = way * (seen.half_width_m(far) + _MARGIN_M), far
    return (start, end) if chance.happens(0.5) else (end, start)


def _standing(scene: Scene, seen: View, slot: _Slot, time_s: float) -> Stand:
    chance = Chance(scene.seed, _TRIP, slot.number)
    x_m = chance.between(-0.85, 0.85) * seen.half_width_m(slot.z_m)
    heading = -math.pi / 2 + chance.between(-1.6, 1.6)
    sway = math.sin(time_s * chance.between(0.5, 0.9) + chance.between(0.0, 6.0))
    return Stand(
        (scene.seed, slot.number, 0), x_m, slot.z_m, _heading(heading), -1 - round((sway + 1) / 2 * (STEPS - 1))
    )


def _kept(seen: View, z_m: float) -> float:
    return min(max(z_m, seen.near_m), seen.far_m)


def _heading(radians: float) -> int:
    return round(radians / (2 * math.pi) * HEADINGS) % HEADINGS
