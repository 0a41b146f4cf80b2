"""The ground."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from common.street_chance import Chance
from common.street_scene import Scene, view
from producer.street_brush import Brush
from producer.street_ground import draw_ground

SEEN = view(Scene(1, 640, 360, Fraction(25), 1))
BASE = int(SEEN.pixel(0, SEEN.wall_m)[1])


def drawn(seed: int) -> np.ndarray:
    """Ground on black."""
    picture = np.zeros((360, 640, 3), np.uint8)
    draw_ground(Brush(picture, SEEN), Chance(seed))
    return picture


@pytest.mark.parametrize("seed", range(10))
def test_ground_covers_all_below_the_houses(seed: int) -> None:
    """Every pixel from the houses down is drawn, and nothing much above."""
    picture = drawn(seed).max(axis=2) > 0
    assert picture[BASE + 1 :].all()
    assert not picture[: BASE - 2].any()


def test_there_are_roads_and_squares() -> None:
    """Among some seeds there is dark asphalt in some and light stone alone in others."""
    darkest = [drawn(seed)[BASE + 40 : BASE + 60].mean() for seed in range(12)]
    assert min(darkest) < 110
    assert max(darkest) > 120
