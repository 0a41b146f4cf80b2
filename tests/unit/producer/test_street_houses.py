"""Houses."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from common.street_chance import Chance
from common.street_scene import Scene, view
from producer.street_brush import Brush
from producer.street_houses import draw_distance, draw_houses

SEEN = view(Scene(1, 640, 360, Fraction(25), 1))
BASE = int(SEEN.pixel(0, SEEN.wall_m)[1])


def drawn(seed: int, *, gaps: bool = False) -> np.ndarray:
    """A row of houses, or what is behind them, on black."""
    picture = np.zeros((360, 640, 3), np.uint8)
    brush, chance = Brush(picture, SEEN), Chance(seed)
    if gaps:
        draw_distance(brush, chance)
    else:
        draw_houses(brush, chance, SEEN.half_width_m(SEEN.wall_m))
    return picture


@pytest.mark.parametrize("seed", range(10))
def test_houses_stand_on_the_ground_all_along(seed: int) -> None:
    """From left to right there are walls down to the ground and none below it; few gaps are between them."""
    picture = drawn(seed).max(axis=2) > 0
    assert picture[BASE - 3].mean() > 0.7
    assert not picture[BASE + 2 :].any()


def test_rows_differ() -> None:
    """Another seed builds other houses."""
    assert (drawn(1) != drawn(2)).any(axis=2).mean() > 0.2


def test_gaps_show_something() -> None:
    """Behind all houses there is something down to the ground."""
    assert drawn(1, gaps=True)[BASE - 3].any(axis=1).all()
