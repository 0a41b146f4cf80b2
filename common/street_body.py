"""A body in a pose, as the camera sees it: filled outlines, far to near.

Lengths are shares of the body's height. In the body: forward, left, up from the ground below the hips. In the picture:
x right, y down, from the point of the ground below the hips.

What this file does not know: where in the street the body is, pixels, how outlines are filled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from common.street_look import Colour, Look, look
from common.street_walks import HEADINGS, STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Outline = NDArray[np.float32]
    """Corners of a filled polygon, [K, 2]."""

Point = tuple[float, float, float]
"""Forward, left, up."""

_ARC: Final = 9
"""Corners of half a circle."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is filled with one colour.

    Attributes:
        outlines: all filled, one over the other.
        colour: in plain daylight.
        round: how far from its edge it is bent away from the light; 0 is flat.
        stripes: distance of stripes across, 0 for none.
    """

    outlines: tuple[Outline, ...]
    colour: Colour
    round: float = 0.02
    stripes: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A body in a pose; equal to itself alone, so that it can be a key.

    Attributes:
        parts: far to near.
        box: x1, y1, x2, y2 around all parts.
    """

    parts: tuple[Part, ...]
    box: tuple[float, float, float, float]


@lru_cache(maxsize=2048)
def figure(keys: tuple[int, int, int], heading: int, step: int, slope: float) -> Figure:
    """The body of somebody.

    Args:
        keys: who (see `common.street_look.look`).
        heading: of HEADINGS.
        step: of STEPS, or a negative phase of standing.
        slope: see `common.street_scene.View`.
    """
    parts = tuple(_Body(look(keys), heading, step, slope).parts())
    corners = np.concatenate([outline for part in parts for outline in part.outlines])
    (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return Figure(parts, (x1, y1, x2, y2))


class _Body:
    def __init__(self, who: Look, heading: int, step: int, slope: float) -> None:
        angle = 2 * math.pi * heading / HEADINGS
        self.who, self.slope = who, slope
        self.cos, self.sin = math.cos(angle), math.sin(angle)
        self.phase = step / STEPS if step >= 0 else None
        self.sway = 0.0 if step >= 0 else -step / STEPS - 0.5
        self.drop = 0.0
        self.legs = {side: self._leg(side) for side in (-1, 1)}
        # The lower foot stands on the ground: a body rises and sinks as it walks.
        self.drop = min(min(ankle[2] - 0.034, toe[2] - 0.014) for _, _, ankle, toe in self.legs.values())

    def parts(self) -> Iterator[Part]:
        """Far to near."""
        far, near = (1, -1) if self.cos > 0 else (-1, 1)
        pack = list(self._bag())
        away = self.sin > 0.35
        in_front = [side for side in (far, near) if self._depth(self._arm(side)[1]) <= 0.0]
        behind = [side for side in (far, near) if side not in in_front]
        if not away:
            yield from pack
        for side in behind:
            yield from self._arm_parts(side)
        for side in sorted((far, near), key=lambda side: -self._depth(self.legs[side][2])):
            yield from self._leg_parts(side)
        yield from self._hair_behind()
        yield from self._torso()
        if away:
            yield from pack
        yield from self._head()
        for side in in_front:
            yield from self._arm_parts(side)

    # --- skeleton ---

    def _leg(self, side: int) -> tuple[Point, Point, Point, Point]:
        """Hip, knee, ankle, toe."""
        if self.phase is None:
            thigh, flex, pitch = 0.03 * side, 0.04, 0.0
        else:
            cycle = 2 * math.pi * (self.phase + (0.0 if side > 0 else 0.5))
            thigh = 0.37 * math.sin(cycle) + 0.06
            flex = 0.07 + 0.95 * max(0.0, math.cos(cycle - 2 * math.pi * 0.92)) ** 2
            lift = max(0.0, math.cos(cycle - 2 * math.pi * 0.74)) ** 2
            pitch = -0.75 * lift + 0.28 * max(0.0, math.sin(cycle)) ** 6
        hip = (0.0, 0.043 * side + 0.02 * self.sway, 0.52)
        knee = _from(hip, 0.245, thigh, 0.008 * side)
        ankle = _from(knee, 0.235, thigh - flex, 0.0 if self.phase is not None else 0.012 * side)
        spread = 0.012 * side
        toe = (ankle[0] + 0.098 * math.cos(pitch), ankle[1] + spread, ankle[2] - 0.02 + 0.098 * math.sin(pitch))
        return hip, knee, ankle, toe

    def _arm(self, side: int) -> tuple[Point, Point, Point]:
        """Shoulder, elbow, wrist."""
        swing, bend = 0.06, 0.18
        if self.phase is not None:
            beat = math.sin(2 * math.pi * (self.phase + (0.5 if side > 0 else 0.0)))
            swing, bend = 0.42 * self.who.arm * beat, 0.32 + 0.22 * beat
        if self.who.on_phone and side > 0:
            swing, bend = 0.25, 1.75
        shoulder = (0.02, side * 0.096 * self.who.build, 0.8)
        elbow = _from(shoulder, 0.165, swing, 0.022 * side)
        return shoulder, elbow, _from(elbow, 0.145, swing + bend, -0.004 * side)

    # --- parts ---

    def _leg_parts(self, side: int) -> Iterator[Part]:
        who = self.who
        hip, knee, ankle, toe = self.legs[side]
        wide = who.build * (1.0 if who.bottom == "trousers" else 0.92)
        bare = who.bottom != "trousers" or who.top == "dress"
        heel = (ankle[0] - 0.022, ankle[1], ankle[2] - 0.012)
        ball = (heel[0] + 0.62 * (toe[0] - heel[0]), toe[1], heel[2] + 0.7 * (toe[2] - heel[2]) + 0.004)
        yield self._chain(((ankle, 0.021), (heel, 0.021), (ball, 0.019), (toe, 0.0135)), who.shoe_colour, 0.012)
        cloth = who.leg_colour if bare else who.bottom_colour
        yield self._chain(
            ((hip, 0.06 * wide), (knee, 0.041 * wide), (ankle, (0.024 if bare else 0.031) * wide)), cloth, 0.03
        )
        if bare and who.bottom == "shorts" and who.top != "dress":
            middle = _between(hip, knee, 0.85)
            yield self._chain(((hip, 0.062 * wide), (middle, 0.05 * wide)), who.bottom_colour, 0.03)

    def _arm_parts(self, side: int) -> Iterator[Part]:
        who = self.who
        shoulder, elbow, wrist = self._arm(side)
        hand = _beyond(elbow, wrist, 0.03)
        wide = who.build * (1.12 if who.top in {"jacket", "coat", "hoodie"} else 1.0)
        yield self._chain(((wrist, 0.016), (hand, 0.019)), who.skin, 0.01)
        bare = not who.long_sleeves
        sleeve = who.top_colour
        chain = ((shoulder, 0.034 * wide), (elbow, 0.027 * wide), (wrist, 0.0205 * wide))
        yield self._chain(chain, who.skin if bare else sleeve, 0.02, 0.03 if who.stripes and not bare else 0.0)
        if bare:
            middle = _between(shoulder, elbow, 0.62)
            yield self._chain(((shoulder, 0.037 * wide), (middle, 0.033 * wide)), sleeve, 0.02)
        if who.carried == "handbag" and side < 0:
            low = (hand[0], hand[1], hand[2] - 0.035)
            yield self._blob(low, (0.06, 0.02, 0.05), who.bag_colour, 0.02, square=True)
        if who.on_phone and side > 0:
            yield self._chain(((hand, 0.008), ((hand[0], hand[1], hand[2] + 0.035), 0.008)), (30, 28, 28), 0.0)

    def _torso(self) -> Iterator[Part]:
        who = self.who
        low = self._lower_edge()
        if low > 0.46 and who.bottom == "skirt" and who.top != "dress":
            yield self._tube(
                ((0.30, 0.0, 0.10, 0.085), (0.45, 0, 0.095, 0.08), (0.60, 0, 0.075, 0.055)), who.bottom_colour
            )
        elif low > 0.46:
            yield self._tube(
                ((0.46, 0, 0.082, 0.066), (0.52, 0, 0.088, 0.068), (0.6, 0, 0.075, 0.055)), who.bottom_colour
            )
        thick = 1.1 if who.top in {"jacket", "coat", "hoodie"} else 1.0
        sections = [
            (0.52, 0.0, 0.086 * thick, 0.07 * thick),
            (0.62, 0.004, 0.077 * thick, 0.06 * thick),
            (0.73, 0.012, 0.095 * thick, 0.072 * thick),
            (0.79, 0.014, 0.108 * thick, 0.062 * thick),
            (0.825, 0.016, 0.084, 0.05),
            (0.85, 0.018, 0.036, 0.036),
        ]
        flare = 0.16 if who.top == "dress" else 0.06
        if low < 0.5:
            width = 0.088 * thick + flare * (0.52 - low)
            sections.insert(0, (low, 0.0, width, 0.85 * width))
        else:
            sections[0] = (low, 0.0, 0.087 * thick, 0.07 * thick)
        yield self._chain((((0.018, 0, 0.83), 0.031), ((0.024, 0, 0.88), 0.03)), who.skin, 0.02)
        yield self._tube(sections, who.top_colour, 0.034 if who.stripes else 0.0)
        if self.sin < 0.3:
            yield from self._front(low)
        if who.carried == "shoulder bag":
            yield self._strap()

    def _front(self, low: float) -> Iterator[Part]:
        """What is seen of somebody who comes nearer: the open jacket, or the neck of a shirt."""
        who, front = self.who, 0.066
        if who.top in {"jacket", "coat"}:
            corners = (
                (0.05, 0.034, 0.845),
                (0.05, -0.034, 0.845),
                (front, -0.014, 0.72),
                (front, 0.0, max(low, 0.5) + 0.02),
                (front, 0.014, 0.72),
            )
            yield Part((self._polygon(corners),), who.under_colour, 0.0)
        corners = ((0.045, 0.03, 0.85), (0.045, -0.03, 0.85), (0.062, 0.0, 0.805))
        yield Part((self._polygon(corners),), who.skin, 0.0)

    def _lower_edge(self) -> float:
        return {"coat": 0.36, "dress": 0.31, "jacket": 0.47, "hoodie": 0.48}.get(self.who.top, 0.5)

    def _bag(self) -> Iterator[Part]:
        who = self.who
        if who.carried == "backpack":
            yield self._blob((-0.105, 0.0, 0.70), (0.048, 0.085, 0.105), who.bag_colour, 0.03, square=True)
        elif who.carried == "shoulder bag":
            yield self._blob((-0.01, 0.125 * who.build, 0.5), (0.075, 0.028, 0.055), who.bag_colour, 0.02, square=True)

    def _strap(self) -> Part:
        ends = ((0.03, -0.07, 0.83), (0.05, 0.0, 0.7), (0.0, 0.1 * self.who.build, 0.55))
        return self._chain([(end, 0.0065) for end in ends], self.who.bag_colour, 0.0)

    def _hair_behind(self) -> Iterator[Part]:
        who = self.who
        if who.hair == "long" and self.sin <= 0.2:
            yield self._chain((((-0.012, 0, 0.93), 0.056), ((-0.035, 0, 0.83), 0.045)), who.hair_colour, 0.02)
        if who.hair == "bun":
            yield self._chain((((-0.06, 0, 0.965), 0.026), ((-0.055, 0, 0.96), 0.026)), who.hair_colour, 0.02)

    def _head(self) -> Iterator[Part]:
        who = self.who
        centre = (0.024, 0.0, 0.928)
        if who.hair == "hood":
            yield self._blob((0.012, 0, 0.925), (0.072, 0.062, 0.078), who.top_colour, 0.03)
            if self.sin < 0.6:
                yield self._blob((0.045, 0, 0.918), (0.045, 0.042, 0.054), who.skin, 0.02)
        else:
            if self.cos**2 > 0.3:
                yield self._chain((((0.066, 0, 0.925), 0.010), ((0.078, 0, 0.916), 0.007)), who.skin, 0.0)
            yield self._blob(centre, (0.056, 0.047, 0.067), who.skin, 0.03)
            if who.beard and self.sin < 0.5:
                yield self._scalp((0.024, 0.0, 0.926), 1.04, (0.6 * self.cos, -0.8), 0.5, who.hair_colour)
            yield from self._hair()
        if who.hair in {"short", "bald", "cap", "bun"}:
            yield from self._ears()
        if self.sin < 0.25:
            yield from self._face()

    def _ears(self) -> Iterator[Part]:
        for side in (-1, 1):
            if side * self.cos < 0.3:
                ear = ((-0.004, 0.05 * side, 0.935), (0.0, 0.047 * side, 0.917))
                yield self._chain(((ear[0], 0.0105), (ear[1], 0.007)), _times(self.who.skin, 0.86), 0.004)

    def _face(self) -> Iterator[Part]:
        dark = _times(self.who.skin, 0.35)
        for side in (-1, 1):
            if side * self.cos < 0.75:
                eye = (0.066, 0.019 * side, 0.937)
                yield self._chain(((eye, 0.0055), ((0.064, 0.023 * side, 0.937), 0.005)), dark, 0.0)
        mouth = ((0.068, 0.012, 0.893), (0.07, 0.0, 0.892), (0.068, -0.012, 0.893))
        yield self._chain([(point, 0.0035) for point in mouth], _times(self.who.skin, 0.6), 0.0)

    def _hair(self) -> Iterator[Part]:
        who = self.who
        if who.hair == "bald":
            return
        cap = who.hair == "cap"
        least = (0.28 if cap else 0.16) - 0.62 * max(self.sin, 0.0) + 0.1 * max(-self.sin, 0.0)
        colour = who.bag_colour if cap else who.hair_colour
        towards = (-0.85 * self.cos, 0.72 - 0.45 * self.sin)
        yield self._scalp((0.017, 0.0, 0.934), 1.1, towards, least, colour)
        if cap and self.sin < 0.5:
            yield self._chain((((0.06, 0.0, 0.955), 0.011), ((0.105, 0.0, 0.948), 0.007)), colour, 0.0)
        if who.hair == "long" and self.sin > 0.2:
            yield self._chain((((-0.01, 0, 0.93), 0.052), ((-0.035, 0, 0.83), 0.048)), colour, 0.03)

    def _scalp(self, centre: Point, scale: float, towards: tuple[float, float], least: float, colour: Colour) -> Part:
        """The piece of a head's ellipse that lies `towards` a side (right, up), beyond `least` of its size."""
        around = np.linspace(0, 2 * math.pi, 64, endpoint=False) + math.atan2(towards[1], towards[0]) + math.pi
        unit = np.stack([np.cos(around), np.sin(around)], axis=1)
        inside = unit[unit @ np.array(towards) > least * math.hypot(*towards)]
        half_width = scale * math.hypot(0.047 * self.sin, 0.056 * self.cos)
        outline = np.array(self._seen(centre)) + inside * (half_width, -scale * 0.067)
        return Part((outline.astype(np.float32),), colour, 0.02)

    # --- from the body to the picture ---

    def _seen(self, point: Point) -> tuple[float, float]:
        forward, left, up = point
        x = forward * self.cos - left * self.sin
        z = forward * self.sin + left * self.cos
        return x, -(up - self.drop) - z * self.slope

    def _depth(self, point: Point) -> float:
        return point[0] * self.sin + point[1] * self.cos

    def _polygon(self, corners: Sequence[Point]) -> Outline:
        return np.array([self._seen(corner) for corner in corners], np.float32)

    def _chain(self, links: Sequence[tuple[Point, float]], colour: Colour, bend: float, stripes: float = 0.0) -> Part:
        """Balls, each joined to the next one by their common hull."""
        balls = [(self._seen(point), radius) for point, radius in links]
        return Part(tuple(_hull(*a, *b) for a, b in zip(balls, balls[1:], strict=False)), colour, bend, stripes)

    def _tube(
        self, sections: Sequence[tuple[float, float, float, float]], colour: Colour, stripes: float = 0.0
    ) -> Part:
        """Level ellipses: up, forward, half the width to the side, half the width to the front."""
        build = self.who.build
        rows = []
        for up, forward, side, front in sections:
            x, y = self._seen((forward, 0.0, up))
            rows.append((x, y, math.hypot(side * build * self.sin, front * build * self.cos)))
        xs, ys, halves = _smoothed(np.array(rows))
        hem = 0.5 * halves[0] * self.slope
        bottom = [(xs[0] + halves[0] * k, ys[0] + hem * (1 - k * k)) for k in (-0.6, 0.0, 0.6)]
        left, right = np.stack([xs - halves, ys], axis=1), np.stack([xs + halves, ys], axis=1)
        outline = np.concatenate([left[::-1], np.array(bottom), right]).astype(np.float32)
        return Part((outline,), colour, 0.045, stripes)

    def _blob(self, centre: Point, halves: Point, colour: Colour, bend: float, *, square: bool = False) -> Part:
        """An ellipsoid, or something like a box with round edges."""
        x, y = self._seen(centre)
        half = math.hypot(halves[0] * self.cos, halves[1] * self.sin)
        around = np.linspace(0, 2 * math.pi, 32, endpoint=False)
        unit = np.stack([np.cos(around), np.sin(around)], axis=1)
        if square:
            unit = np.sign(unit) * np.abs(unit) ** 0.5
        return Part(((unit * (half, halves[2]) + (x, y)).astype(np.float32),), colour, bend)


def _from(start: Point, length: float, angle: float, aside: float) -> Point:
    """Where a limb ends that hangs from `start`, turned forward by `angle`."""
    return start[0] + length * math.sin(angle), start[1] + aside, start[2] - length * math.cos(angle)


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share


def _beyond(a: Point, b: Point, more: float) -> Point:
    return _between(a, b, 1.0 + more / math.dist(a, b))


def _hull(a: tuple[float, float], a_radius: float, b: tuple[float, float], b_radius: float) -> Outline:
    """The convex hull of two circles."""
    apart = math.dist(a, b)
    if apart <= abs(a_radius - b_radius) + 1e-6:
        centre, radius = (a, a_radius) if a_radius > b_radius else (b, b_radius)
        return _arc(centre, radius, 0.0, 2 * math.pi)
    towards = math.atan2(b[1] - a[1], b[0] - a[0])
    lean = math.acos((a_radius - b_radius) / apart)
    round_a = _arc(a, a_radius, towards + lean, towards + 2 * math.pi - lean)
    return np.concatenate([round_a, _arc(b, b_radius, towards - lean, towards + lean)])


def _arc(centre: tuple[float, float], radius: float, begin: float, end: float) -> Outline:
    angles = np.linspace(begin, end, _ARC)
    return (np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius + centre).astype(np.float32)


def _smoothed(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve through rows of x, y, half a width (Catmull-Rom); four pieces between two of them."""
    points = np.concatenate([2 * rows[:1] - rows[1:2], rows, 2 * rows[-1:] - rows[-2:-1]])
    p0, p1, p2, p3 = (points[k : len(points) - 3 + k, None] for k in range(4))
    t = np.linspace(0, 1, 4, endpoint=False)[None, :, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.concatenate([curve.reshape(-1, 3), rows[-1:]]).T


def _times(colour: Colour, factor: float) -> Colour:
    blue, green, red = (round(part * factor) for part in colour)
    return blue, green, red
