"""A dressed body in a pose, as the camera sees it: filled outlines, far to near.

Lengths and points are those of `common.street_shapes`.

What this file does not know: where in the street the body is, pixels, how outlines are filled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from common.street_head import hair_behind, head
from common.street_look import Look, look
from common.street_pose import Pose, pose
from common.street_shapes import Part, Ring, Sight, between
from common.street_walks import HEADINGS

if TYPE_CHECKING:
    from common.street_shapes import Outline

_KEPT: Final = 2048
"""Figures; about 10 kB each."""

_FRONT_UNTIL: Final = 0.3
_BACK_FROM: Final = 0.35
"""Sines of where a body faces up to which its front is seen, and from which on its back is what is nearest."""

_WAIST: Final = 0.46
"""What ends higher than this shows what is worn below."""

_HIPS: Final = 0.5
_THICK: Final = frozenset({"jacket", "coat", "hoodie"})
_HEMS: Final = {"coat": 0.36, "dress": 0.31, "jacket": 0.47, "hoodie": 0.48, "shirt": 0.5}
_SKIRT: Final[tuple[Ring, ...]] = ((0.30, 0.0, 0.10, 0.085), (0.45, 0, 0.095, 0.08), (0.60, 0, 0.075, 0.055))
_SEAT: Final[tuple[Ring, ...]] = ((0.46, 0, 0.082, 0.066), (0.52, 0, 0.088, 0.068), (0.6, 0, 0.075, 0.055))
_PHONE: Final = (30, 28, 28)


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A body in a pose; equal to itself alone, so that it can be a key.

    Attributes:
        parts: far to near.
        box: x1, y1, x2, y2 around all parts.
    """

    parts: tuple[Part, ...]
    box: tuple[float, float, float, float]

    @property
    def outlines(self) -> list[Outline]:
        """All that is filled."""
        return [outline for part in self.parts for outline in part.outlines]


@lru_cache(maxsize=_KEPT)
def figure(keys: tuple[int, int, int], heading: int, step: int, slope: float) -> Figure:
    """The body of somebody.

    Args:
        keys: who (see `common.street_look.look`).
        heading: of HEADINGS.
        step: of STEPS, or a negative phase of standing.
        slope: see `common.street_scene.View`.
    """
    who = look(keys)
    joints = pose(who, step)
    parts = tuple(_Body(who, joints, Sight(2 * math.pi * heading / HEADINGS, slope, joints.drop)).parts())
    corners = np.concatenate([outline for part in parts for outline in part.outlines])
    (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Figure(parts, (x1, y1, x2, y2))


class _Body:
    def __init__(self, who: Look, joints: Pose, sight: Sight) -> None:
        self._who = who
        self._pose = joints
        self._sight = sight
        self._hem = _HEMS[who.top]

    def parts(self) -> Iterator[Part]:
        """Far to near."""
        sight, legs, arms = self._sight, self._pose.legs, self._pose.arms
        sides = (1, -1) if sight.cos > 0 else (-1, 1)
        near = [side for side in sides if sight.depth(arms[side].elbow) <= 0.0]
        from_behind = sight.sin > _BACK_FROM
        if not from_behind:
            yield from self._bag()
        for side in sides:
            if side not in near:
                yield from self._arm(side)
        for side in sorted(sides, key=lambda side: -sight.depth(legs[side].ankle)):
            yield from self._leg(side)
        yield from hair_behind(self._who, sight)
        yield from self._trunk()
        if from_behind:
            yield from self._bag()
        yield from head(self._who, sight)
        for side in near:
            yield from self._arm(side)

    def _leg(self, side: int) -> Iterator[Part]:
        who, leg, chain = self._who, self._pose.legs[side], self._sight.chain
        yield self._shoe(side)
        trousers = who.bottom == "trousers" and who.top != "dress"
        wide = who.build * (1.0 if who.bottom == "trousers" else 0.92)
        end = (0.031 if trousers else 0.024) * wide
        balls = ((leg.hip, 0.06 * wide), (leg.knee, 0.041 * wide), (leg.ankle, end))
        yield chain(balls, who.bottom_colour if trousers else who.leg_colour, 0.03)
        if who.bottom == "shorts" and who.top != "dress":
            low = between(leg.hip, leg.knee, 0.85)
            yield chain(((leg.hip, 0.062 * wide), (low, 0.05 * wide)), who.bottom_colour, 0.03)

    def _shoe(self, side: int) -> Part:
        leg = self._pose.legs[side]
        heel = (leg.ankle[0] - 0.022, leg.ankle[1], leg.ankle[2] - 0.012)
        forward, _, up = between(heel, leg.toe, 0.62)
        ball = (forward, leg.toe[1], up + 0.08 * (leg.toe[2] - heel[2]) + 0.004)
        balls = ((leg.ankle, 0.021), (heel, 0.021), (ball, 0.019), (leg.toe, 0.0135))
        return self._sight.chain(balls, self._who.shoe_colour, 0.012)

    def _arm(self, side: int) -> Iterator[Part]:
        who, arm, chain = self._who, self._pose.arms[side], self._sight.chain
        hand = between(arm.elbow, arm.wrist, 1.0 + 0.03 / math.dist(arm.elbow, arm.wrist))
        wide = who.build * (1.12 if who.top in _THICK else 1.0)
        yield chain(((arm.wrist, 0.016), (hand, 0.019)), who.skin, 0.01)
        balls = ((arm.shoulder, 0.034 * wide), (arm.elbow, 0.027 * wide), (arm.wrist, 0.0205 * wide))
        if who.long_sleeves:
            yield chain(balls, who.top_colour, 0.02, 0.03 if who.stripes else 0.0)
        else:
            yield chain(balls, who.skin, 0.02)
            end = between(arm.shoulder, arm.elbow, 0.62)
            yield chain(((arm.shoulder, 0.037 * wide), (end, 0.033 * wide)), who.top_colour, 0.02)
        if who.carried == "handbag" and side < 0:
            low = (hand[0], hand[1], hand[2] - 0.035)
            yield self._sight.lump(low, (0.06, 0.02, 0.05), who.bag_colour, 0.02, square=True)
        if who.on_phone and side > 0:
            yield chain(((hand, 0.008), ((hand[0], hand[1], hand[2] + 0.035), 0.008)), _PHONE)

    def _trunk(self) -> Iterator[Part]:
        who, sight = self._who, self._sight
        if self._hem > _WAIST:
            yield sight.tube(_SKIRT if who.bottom == "skirt" else _SEAT, who.bottom_colour, who.build)
        yield sight.chain((((0.018, 0, 0.83), 0.031), ((0.024, 0, 0.88), 0.03)), who.skin, 0.02)
        yield sight.tube(self._rings(), who.top_colour, who.build, 0.034 if who.stripes else 0.0)
        if sight.sin < _FRONT_UNTIL:
            yield from self._front()
        if who.carried == "shoulder bag":
            ends = ((0.03, -0.07, 0.83), (0.05, 0.0, 0.7), (0.0, 0.1 * who.build, 0.55))
            yield sight.chain([(end, 0.0065) for end in ends], who.bag_colour)

    def _rings(self) -> list[Ring]:
        """The top's, from its hem up."""
        thick = 1.1 if self._who.top in _THICK else 1.0
        rings = [
            (0.62, 0.004, 0.077 * thick, 0.06 * thick),
            (0.73, 0.012, 0.095 * thick, 0.072 * thick),
            (0.79, 0.014, 0.108 * thick, 0.062 * thick),
            (0.825, 0.016, 0.084, 0.05),
            (0.85, 0.018, 0.036, 0.036),
        ]
        if self._hem >= _HIPS:
            return [(self._hem, 0.0, 0.087 * thick, 0.07 * thick), *rings]
        width = 0.088 * thick + (0.16 if self._who.top == "dress" else 0.06) * (0.52 - self._hem)
        return [(self._hem, 0.0, width, 0.85 * width), (0.52, 0.0, 0.086 * thick, 0.07 * thick), *rings]

    def _front(self) -> Iterator[Part]:
        """What is seen of somebody who comes nearer: the open jacket, and the neck of a shirt."""
        who, low = self._who, max(self._hem, _HIPS) + 0.02
        if who.top in {"jacket", "coat"}:
            upper = ((0.05, 0.034, 0.845), (0.05, -0.034, 0.845))
            yield self._sight.flat(
                (*upper, (0.066, -0.014, 0.72), (0.066, 0.0, low), (0.066, 0.014, 0.72)), who.under_colour
            )
        yield self._sight.flat(((0.045, 0.03, 0.85), (0.045, -0.03, 0.85), (0.062, 0.0, 0.805)), who.skin)

    def _bag(self) -> Iterator[Part]:
        """What is carried on the back or at the hip."""
        who, lump = self._who, self._sight.lump
        if who.carried == "backpack":
            yield lump((-0.105, 0.0, 0.70), (0.048, 0.085, 0.105), who.bag_colour, 0.03, square=True)
        elif who.carried == "shoulder bag":
            yield lump((-0.01, 0.125 * who.build, 0.5), (0.075, 0.028, 0.055), who.bag_colour, 0.02, square=True)
