"""Scenes and cameras."""

from __future__ import annotations

from fractions import Fraction

import pytest

from common.street_scene import Scene, view


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((0, 640, 480, Fraction(25), 1), "people"),
        ((61, 640, 480, Fraction(25), 1), "people"),
        ((1, 47, 480, Fraction(25), 1), "at least"),
        ((1, 640, 4097, Fraction(25), 1), "at most"),
        ((1, 640, 480, Fraction(0), 1), "fps"),
        ((1, 640, 480, Fraction(1001), 1), "fps"),
        ((1, 640, 480, Fraction(1, 10**9), 1), "smaller numbers"),
        ((1, 640, 480, Fraction(25), -1), "seed"),
        ((1, 640, 480, Fraction(25), 10**9), "seed"),
    ],
)
def test_bounds_hold(values: tuple[int, int, int, Fraction, int], why: str) -> None:
    """A scene out of bounds cannot be made."""
    with pytest.raises(ValueError, match=why):
        Scene(*values)


def test_address_is_canonical() -> None:
    """Everything is said, in one way."""
    scene = Scene(6, 1280, 720, Fraction(60000, 2002), 7)
    assert scene.address == "synthetic://street?people=6&size=1280x720&fps=30000/1001&seed=7"


@pytest.mark.parametrize("size", [(1280, 720), (48, 48), (320, 240), (1080, 1920), (4096, 48), (48, 4096)])
@pytest.mark.parametrize("seed", range(20))
def test_people_walk_between_wall_and_picture_edge(size: tuple[int, int], seed: int) -> None:
    """The nearest ground where people walk is in the picture, the farthest before the wall, the horizon above both."""
    height = size[1]
    seen = view(Scene(6, *size, Fraction(25), seed))
    near, far, wall = (seen.pixel(0, z_m)[1] for z_m in (seen.near_m, seen.far_m, seen.wall_m))
    assert 0 < seen.horizon_px < wall < far < near < height


def test_view_grows_with_the_picture() -> None:
    """At twice the size everything is at twice the coordinates."""
    small, large = (view(Scene(6, 640 * k, 360 * k, Fraction(25), 3)) for k in (1, 2))
    assert large.pixel(1.5, 7.0, 1.0) == pytest.approx([2 * at for at in small.pixel(1.5, 7.0, 1.0)])
    assert large.half_width_m(5.0) == pytest.approx(small.half_width_m(5.0))
