"""Light of scenes."""

from __future__ import annotations

from fractions import Fraction

from common.street_scene import Scene
from producer.street_light import Light, light_of

LIGHTS = [light_of(Scene(1, 640, 360, Fraction(25), seed)) for seed in range(40)]


def test_shadows_fall_away_from_the_light() -> None:
    """A shadow lies on the side where the light does not come from; under clouds it is faint."""
    for light in LIGHTS:
        assert light.side * light.lean < 0
        assert (light.dark > 0.3) == light.sunny
    assert {light.sunny for light in LIGHTS} == {True, False}
    assert {light.side > 0 for light in LIGHTS} == {True, False}


def test_colours_take_the_tint() -> None:
    """A colour is multiplied by the light's, and ends at white."""
    light = Light(1.0, -1.0, 0.4, (0.5, 1.0, 2.0), sunny=True)
    assert light.on((100, 100, 100)) == (50, 100, 200)
    assert light.on((200, 200, 200)) == (100, 200, 255)
