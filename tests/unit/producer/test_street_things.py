"""Trees, lamps and benches."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from common.street_chance import Chance
from common.street_scene import Scene, view
from producer.street_brush import Brush
from producer.street_things import draw_things, draw_wood

SEEN = view(Scene(1, 640, 360, Fraction(25), 1))
FAR = int(SEEN.pixel(0, SEEN.far_m)[1])
BASE = int(SEEN.pixel(0, SEEN.wall_m)[1])


def picture() -> tuple[np.ndarray, Brush]:
    """A black picture."""
    black = np.zeros((360, 640, 3), np.uint8)
    return black, Brush(black, SEEN)


@pytest.mark.parametrize("seed", range(10))
def test_things_stand_behind_people(seed: int) -> None:
    """Something stands there, and nothing where people walk: those who pass it pass before it."""
    drawn, brush = picture()
    draw_things(brush, Chance(seed), 1.0)
    assert drawn.any(axis=2).mean() > 0.005
    assert not drawn[FAR + 1 :].any()


def test_wood_is_dense_and_green() -> None:
    """A park has hardly a hole above the ground, is greener than red and blue, and ends at the ground."""
    drawn, brush = picture()
    draw_wood(brush, Chance(1), -1.0)
    low = drawn[BASE - 30 : BASE - 3]
    assert low.any(axis=2).mean() > 0.95
    assert low[..., 1].mean() > max(low[..., 0].mean(), low[..., 2].mean())
    assert not drawn[BASE + 12 :].any()
