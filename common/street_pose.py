"""Where a body's joints are, walking or standing.

Lengths are shares of the body's height, points are forward, left, up from the ground below the hips; a side is 1 for
the left one, -1 for the right one. A walk's phase runs from 0 to 1 over two steps; its angles are those of a person who
walks briskly, by eye.

What this file does not know: cameras, clothes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from common.street_look import Look
from common.street_shapes import Point
from common.street_walks import STEPS

SIDES: Final = (-1, 1)

_SOLE: Final = 0.034
_TOE: Final = 0.014
"""How far below the ankle, and below a toe's middle, the ground is."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg's joints."""

    hip: Point
    knee: Point
    ankle: Point
    toe: Point


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm's joints."""

    shoulder: Point
    elbow: Point
    wrist: Point


@dataclass(frozen=True, slots=True)
class Pose:
    """All joints.

    Attributes:
        legs, arms: by side.
        drop: how high the lower foot is above the ground: a body rises and sinks as it walks.
    """

    legs: dict[int, Leg]
    arms: dict[int, Arm]
    drop: float


def pose(who: Look, step: int) -> Pose:
    """The pose of somebody in a phase of walking or, negative, of standing (see `common.street_walks.Stand`)."""
    walks = step >= 0
    legs = {side: _walking_leg(side, step / STEPS) if walks else _standing_leg(side, step) for side in SIDES}
    drop = min(min(leg.ankle[2] - _SOLE, leg.toe[2] - _TOE) for leg in legs.values())
    return Pose(legs, {side: _arm(who, side, step) for side in SIDES}, drop)


def _walking_leg(side: int, phase: float) -> Leg:
    cycle = 2 * math.pi * (phase + (0.0 if side > 0 else 0.5))
    thigh = 0.37 * math.sin(cycle) + 0.06
    flex = 0.07 + 0.95 * max(0.0, math.cos(cycle - 2 * math.pi * 0.92)) ** 2
    lift = max(0.0, math.cos(cycle - 2 * math.pi * 0.74)) ** 2
    pitch = -0.75 * lift + 0.28 * max(0.0, math.sin(cycle)) ** 6
    return _leg((0.0, 0.043 * side, 0.52), side, (thigh, flex, pitch), 0.0)


def _standing_leg(side: int, step: int) -> Leg:
    sway = -step / STEPS - 0.5
    return _leg((0.0, 0.043 * side + 0.02 * sway, 0.52), side, (0.03 * side, 0.04, 0.0), 0.012 * side)


def _leg(hip: Point, side: int, angles: tuple[float, float, float], aside: float) -> Leg:
    """A leg from the angles of thigh, knee and foot."""
    thigh, flex, pitch = angles
    knee = _hung(hip, 0.245, thigh, 0.008 * side)
    ankle = _hung(knee, 0.235, thigh - flex, aside)
    toe = (ankle[0] + 0.098 * math.cos(pitch), ankle[1] + 0.012 * side, ankle[2] - 0.02 + 0.098 * math.sin(pitch))
    return Leg(hip, knee, ankle, toe)


def _arm(who: Look, side: int, step: int) -> Arm:
    if who.on_phone and side > 0:
        swing, bend = 0.25, 1.75
    elif step < 0:
        swing, bend = 0.06, 0.18
    else:
        # Each arm goes with the other side's leg.
        beat = math.sin(2 * math.pi * (step / STEPS + (0.5 if side > 0 else 0.0)))
        swing, bend = 0.42 * who.arm * beat, 0.32 + 0.22 * beat
    shoulder = (0.02, side * 0.096 * who.build, 0.8)
    elbow = _hung(shoulder, 0.165, swing, 0.022 * side)
    return Arm(shoulder, elbow, _hung(elbow, 0.145, swing + bend, -0.004 * side))


def _hung(start: Point, length: float, angle: float, aside: float) -> Point:
    """Where a limb ends that hangs from `start`, turned forward by `angle`."""
    return start[0] + length * math.sin(angle), start[1] + aside, start[2] - length * math.cos(angle)
