"""Shapes in metres."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from common.street_scene import Scene, view
from producer.street_brush import Brush, mixed, toned

SCENE = Scene(1, 640, 360, Fraction(25), 1)
SEEN = view(SCENE)


def drawn() -> tuple[Brush, np.ndarray]:
    """A brush and its black picture."""
    picture = np.zeros((360, 640, 3), np.uint8)
    return Brush(picture, SEEN), picture


def around(picture: np.ndarray) -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 of what is at least half drawn."""
    rows, columns = np.nonzero(picture[..., 0] > 127)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_upright_is_where_the_camera_sees_it() -> None:
    """A wall of a metre is as large as the camera's scale says, and stands where it says."""
    brush, picture = drawn()
    brush.upright((-0.5, 0.5), (0.0, 1.0), SEEN.wall_m, (255, 255, 255))
    (x1, y2), (x2, y1) = SEEN.pixel(-0.5, SEEN.wall_m), SEEN.pixel(0.5, SEEN.wall_m, 1.0)
    assert around(picture) == pytest.approx((x1, y1, x2, y2), abs=1.1)


def test_ground_narrows_with_distance() -> None:
    """A strip of the ground is wider near the camera."""
    brush, picture = drawn()
    brush.ground((-1.0, 1.0), (SEEN.near_m, SEEN.wall_m), (255, 255, 255))
    widths = (picture[..., 0] > 127).sum(axis=1)
    _, y1, _, y2 = around(picture)
    assert widths[y2 - 3] > 1.3 * widths[y1 + 3] > 0


def test_disc_is_round() -> None:
    """A disc is as wide as high, around its middle."""
    brush, picture = drawn()
    brush.disc(0.3, 1.0, SEEN.wall_m, 0.8, (255, 255, 255))
    x, y = SEEN.pixel(0.3, SEEN.wall_m, 1.0)
    radius = 0.8 * SEEN.scale(SEEN.wall_m)
    assert around(picture) == pytest.approx((x - radius, y - radius, x + radius, y + radius), abs=1.2)


def test_what_is_far_outside_is_harmless() -> None:
    """Shapes that end far beyond the picture fill it and fail nothing."""
    brush, picture = drawn()
    brush.polygon([(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)], (255, 255, 255))
    assert (picture == 255).all()


def test_tones() -> None:
    """Colours get lighter up to white, and mix evenly."""
    assert toned((10, 100, 200), 2.0) == (20, 200, 255)
    assert mixed((0, 100, 200), (100, 100, 0), 0.25) == (25, 100, 150)
