"""Outlines of shapes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.street_shapes import Sight, between, edges

ANGLES = st.floats(-math.pi, math.pi)
SHARES = st.floats(-1, 1)
RADII = st.floats(0.01, 0.2)


def box(outlines: tuple[np.ndarray, ...]) -> tuple[float, float, float, float]:
    """Around all corners."""
    corners = np.concatenate(outlines)
    return (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())


def test_where_points_are_seen() -> None:
    """Facing right, forward is right, up is up, and what is to the left is farther and so higher."""
    sight = Sight(0.0, 0.5, 0.0)
    assert sight.seen((1, 0, 0)) == pytest.approx((1, 0))
    assert sight.seen((0, 0, 1)) == pytest.approx((0, -1))
    assert sight.seen((0, 1, 0)) == pytest.approx((0, -0.5))
    assert sight.depth((0, 1, 0)) == pytest.approx(1)
    assert Sight(0.0, 0.5, 0.25).seen((0, 0, 1)) == pytest.approx((0, -0.75))
    assert Sight(math.pi / 2, 0.5, 0.0).depth((1, 0, 0)) == pytest.approx(1)


@given(ANGLES, SHARES, SHARES, RADII, RADII)
def test_chain_is_as_large_as_its_balls(angle: float, forward: float, up: float, one: float, other: float) -> None:
    """The hull of two balls reaches as far as they do, to a fiftieth of a radius, and no farther."""
    sight = Sight(angle, 0.3, 0.0)
    balls = (((0.0, 0.0, 0.0), one), ((forward, 0.0, up), other))
    found = box(sight.chain(balls, (0, 0, 0)).outlines)
    (ax, ay), (bx, by) = (sight.seen(point) for point, _ in balls)
    wanted = (
        min(ax - one, bx - other),
        min(ay - one, by - other),
        max(ax + one, bx + other),
        max(ay + one, by + other),
    )
    assert found == pytest.approx(wanted, abs=0.08 * max(one, other))
    assert all(inner >= outer - 1e-5 for inner, outer in zip(found[:2], wanted[:2], strict=True))
    assert all(inner <= outer + 1e-5 for inner, outer in zip(found[2:], wanted[2:], strict=True))


def test_lumps_turn() -> None:
    """A lump that is longer than wide is so from the side, and wider than long from the front."""
    halves = (0.3, 0.1, 0.2)
    side, front = (
        box(Sight(angle, 0.0, 0.0).lump((0, 0, 0), halves, (0, 0, 0), 0).outlines) for angle in (0, math.pi / 2)
    )
    assert side == pytest.approx((-0.3, -0.2, 0.3, 0.2), abs=0.003)
    assert front == pytest.approx((-0.1, -0.2, 0.1, 0.2), abs=0.003)


def test_piece_is_beyond_its_line() -> None:
    """The upper piece of an ellipsoid has its top and nothing of its lower half."""
    found = box(Sight(0.0, 0.0, 0.0).piece((0, 0, 0), (0.3, 0.1, 0.2), (0.0, 1.0), 0.0, (0, 0, 0)).outlines)
    assert found == pytest.approx((-0.3, -0.2, 0.3, 0.0), abs=0.03)


def test_tube_passes_through_its_rings() -> None:
    """A tube is as wide as its rings at their heights, and twice as wide where the body is."""
    rings = ((0.0, 0.0, 0.1, 0.05), (0.5, 0.0, 0.1, 0.05), (1.0, 0.0, 0.1, 0.05))
    sight = Sight(math.pi / 2, 0.0, 0.0)
    assert box(sight.tube(rings, (0, 0, 0), 1.0).outlines) == pytest.approx((-0.1, -1, 0.1, 0))
    assert box(sight.tube(rings, (0, 0, 0), 2.0).outlines) == pytest.approx((-0.2, -1, 0.2, 0))


def test_edges_close_each_outline() -> None:
    """Each outline's last corner is joined to its first one."""
    triangle = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    begin, end, which = edges([triangle, triangle + 5])
    assert end.tolist() == [[1, 0], [0, 1], [0, 0], [6, 5], [5, 6], [5, 5]]
    assert begin.tolist() == [[0, 0], [1, 0], [0, 1], [5, 5], [6, 5], [5, 6]]
    assert which.tolist() == [0, 0, 0, 1, 1, 1]


def test_between() -> None:
    """Half way is the middle, and more than all of it is beyond."""
    assert between((0, 0, 0), (1, 2, 4), 0.5) == (0.5, 1, 2)
    assert between((0, 0, 0), (1, 2, 4), 2) == (2, 4, 8)
