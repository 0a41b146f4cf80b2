"""Who is where when."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from common.street_scene import Scene, view
from common.street_walks import HEADINGS, STEPS, Stand, stands

Places = dict[tuple[int, int, int], Stand]


def scene(seed: int = 1, people: int = 12, fps: int = 25) -> Scene:
    """A street of some size."""
    return Scene(people, 1280, 720, Fraction(fps), seed)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("number", [0, 7, 100_000, 2**32 - 1])
def test_all_are_somewhere_in_order(seed: int, number: int) -> None:
    """Everybody is in front of the wall and the camera, far to near, in a pose that is drawn."""
    found = stands(scene(seed), number)
    assert len(found) == 12
    assert [stand.z_m for stand in found] == sorted((stand.z_m for stand in found), reverse=True)
    assert all(0 < stand.z_m < view(scene(seed)).wall_m for stand in found)
    assert all(0 <= stand.heading < HEADINGS and -STEPS <= stand.step < STEPS for stand in found)


@pytest.mark.parametrize("seed", range(10))
def test_nobody_appears_or_jumps_in_the_picture(seed: int) -> None:
    """From frame to frame people move a little, and who comes or goes does so outside the picture."""
    seen = view(scene(seed))
    places = [{stand.look: stand for stand in stands(scene(seed), number)} for number in range(400)]
    for before, after in pairwise(places):
        for look in before.keys() & after.keys():
            assert abs(before[look].x_m - after[look].x_m) + abs(before[look].z_m - after[look].z_m) < 0.25
        for stand in (places[look] for places, look in _changed(before, after)):
            beside = abs(stand.x_m) > seen.half_width_m(stand.z_m) + 0.6
            assert beside or seen.pixel(stand.x_m, stand.z_m, 1.95)[1] > 715


def _changed(before: Places, after: Places) -> list[tuple[Places, tuple[int, int, int]]]:
    """Whoever is in one of two frames alone, with that frame."""
    gone = [(before, look) for look in before.keys() - after.keys()]
    return gone + [(after, look) for look in after.keys() - before.keys()]


def test_rate_is_time() -> None:
    """Twice the rate shows the same second with twice the frames."""
    assert stands(scene(fps=25), 30) == stands(scene(fps=50), 60)


def test_ways_of_walking() -> None:
    """Among a few streets there are people who walk left, right, nearer, farther, and some who stand."""
    found = [stand for seed in range(8) for stand in stands(scene(seed), 50)]
    headings = {stand.heading for stand in found if stand.step >= 0}
    assert {0, HEADINGS // 2} <= headings
    assert any(0 < heading < HEADINGS // 2 for heading in headings)
    assert any(heading > HEADINGS // 2 for heading in headings)
    assert any(stand.step < 0 for stand in found)
