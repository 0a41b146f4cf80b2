"""What a body is made of, as the camera sees it: balls and their hulls, rings, lumps, flat pieces, all as outlines.

Lengths are shares of the body's height. In the body: forward, left, up from the ground below the hips. In the picture:
x right, y down, from the point of the ground below the hips.

What this file does not know: bodies, pixels, how outlines are filled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from common.street_look import Colour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Outline = NDArray[np.float32]
    """Corners of a filled polygon, [K, 2]."""

Point = tuple[float, float, float]
"""Forward, left, up."""

Ball = tuple[Point, float]
"""Its middle and its radius."""

Ring = tuple[float, float, float, float]
"""A level ellipse: up, forward, half its width to the side, half its width to the front."""

_ARC: Final = 9
"""Corners of a hull's round end."""

_SHARES: Final = np.linspace(0.0, 1.0, _ARC)

_TUBE_ROUND: Final = 0.045
_PIECE_ROUND: Final = 0.02


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
    round: float = 0.0
    stripes: float = 0.0


class Sight:
    """Turns a body's shapes into outlines.

    Args:
        angle: where the body faces: 0 to the right, a quarter of a circle away from the camera; radians.
        slope: see `common.street_scene.View`.
        drop: how far the body is lowered.

    Attributes:
        cos, sin: of the angle.
    """

    def __init__(self, angle: float, slope: float, drop: float) -> None:
        self.cos, self.sin = math.cos(angle), math.sin(angle)
        self._slope = slope
        self._drop = drop

    def seen(self, point: Point) -> tuple[float, float]:
        """Where a point is in the picture."""
        forward, left, up = point
        x = forward * self.cos - left * self.sin
        z = forward * self.sin + left * self.cos
        return x, -(up - self._drop) - z * self._slope

    def depth(self, point: Point) -> float:
        """How much further away than the hips a point is."""
        return point[0] * self.sin + point[1] * self.cos

    def flat(self, corners: Sequence[Point], colour: Colour) -> Part:
        """A polygon."""
        return Part((np.array([self.seen(corner) for corner in corners], np.float32),), colour)

    def chain(self, balls: Sequence[Ball], colour: Colour, bend: float = 0.0, stripes: float = 0.0) -> Part:
        """Balls, each joined to the next one by their common hull."""
        discs = [(self.seen(point), radius) for point, radius in balls]
        return Part(tuple(_hull(*one, *other) for one, other in pairwise(discs)), colour, bend, stripes)

    def tube(self, rings: Sequence[Ring], colour: Colour, build: float, stripes: float = 0.0) -> Part:
        """Rings, `build` times as wide, and a smooth skin around them; the lowest is seen from above."""
        rows = []
        for up, forward, side, front in rings:
            x, y = self.seen((forward, 0.0, up))
            rows.append((x, y, math.hypot(side * build * self.sin, front * build * self.cos)))
        xs, ys, halves = _smoothed(np.array(rows))
        hem = 0.5 * halves[0] * self._slope
        bottom = [(xs[0] + halves[0] * k, ys[0] + hem * (1 - k * k)) for k in (-0.6, 0.0, 0.6)]
        left, right = np.stack([xs - halves, ys], axis=1), np.stack([xs + halves, ys], axis=1)
        outline = np.concatenate([left[::-1], np.array(bottom), right]).astype(np.float32)
        return Part((outline,), colour, _TUBE_ROUND, stripes)

    def lump(self, middle: Point, halves: Point, colour: Colour, bend: float, *, square: bool = False) -> Part:
        """An ellipsoid, half as long, wide and high as `halves`, or something like a box with round edges."""
        half = math.hypot(halves[0] * self.cos, halves[1] * self.sin)
        unit = _circle(32)
        if square:
            unit = np.sign(unit) * np.abs(unit) ** 0.5
        return Part(((unit * (half, halves[2]) + self.seen(middle)).astype(np.float32),), colour, bend)

    def piece(self, middle: Point, halves: Point, towards: tuple[float, float], least: float, colour: Colour) -> Part:
        """The piece of an ellipsoid that lies `towards` a side (right, up), beyond `least` of its size."""
        unit = _circle(64, math.atan2(towards[1], towards[0]) + math.pi)
        inside = unit[unit @ np.array(towards) > least * math.hypot(*towards)]
        half = math.hypot(halves[1] * self.sin, halves[0] * self.cos)
        outline = np.array(self.seen(middle)) + inside * (half, -halves[2])
        return Part((outline.astype(np.float32),), colour, _PIECE_ROUND)


def between(one: Point, other: Point, share: float) -> Point:
    """A point on the line through two: `one` at 0, `other` at 1."""
    forward, left, up = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return forward, left, up


def edges(outlines: Sequence[Outline]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """All edges of some outlines: where they begin and end, [N, 2] each, and of which outline they are, [N]."""
    counts = np.array([len(outline) for outline in outlines])
    ends = np.cumsum(counts)
    begin = np.concatenate(outlines).astype(np.float64)
    following = np.arange(1, len(begin) + 1)
    following[ends - 1] = ends - counts
    return begin, begin[following], np.repeat(np.arange(len(outlines)), counts)


def _circle(corners: int, begin: float = 0.0) -> NDArray[np.float64]:
    around = np.linspace(0, 2 * math.pi, corners, endpoint=False) + begin
    return np.stack([np.cos(around), np.sin(around)], axis=1)


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
    angles = begin + (end - begin) * _SHARES
    return (np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius + centre).astype(np.float32)


def _smoothed(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve through rows of x, y, half a width (Catmull-Rom); four pieces between two of them."""
    points = np.concatenate([2 * rows[:1] - rows[1:2], rows, 2 * rows[-1:] - rows[-2:-1]])
    p0, p1, p2, p3 = (points[k : len(points) - 3 + k, None] for k in range(4))
    t = np.linspace(0, 1, 4, endpoint=False)[None, :, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.concatenate([curve.reshape(-1, 3), rows[-1:]]).T
