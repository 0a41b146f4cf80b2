"""Small pictures of people."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from common.street import Person, Scene, people
from common.street_body import figure
from producer import street_sprites
from producer.street_light import light_of
from producer.street_sprites import HEIGHTS_PX, Sprites, draw, ycbcr

SCENE = Scene(20, 640, 360, Fraction(25), 1)
LIGHT = light_of(SCENE)


def found(number: int = 0) -> list[Person]:
    """People of a frame."""
    return people(SCENE, number)


@pytest.mark.parametrize("height_px", HEIGHTS_PX)
def test_sprite_holds_all_of_the_body(height_px: int) -> None:
    """At any size there is a margin that is not covered, colours are nowhere stronger than cover, and shapes fit."""
    sprite = draw(figure((1, 2, 3), 5, 4, 0.3), height_px, LIGHT)
    height, width = sprite.luma.shape
    assert sprite.cover.shape == (height, width)
    assert sprite.cb.shape == sprite.cr.shape == sprite.half_cover.shape == (height // 2, width // 2)
    assert sprite.shade.shape == (height // 4, width // 4)
    assert not sprite.cover[[0, -1]].any()
    assert not sprite.cover[:, [0, -1]].any()
    assert sprite.cover.max() == 255
    assert (sprite.luma <= sprite.cover).all()
    assert (np.maximum(sprite.cb, sprite.cr) <= sprite.half_cover.astype(int) + 1).all()
    assert sprite.nbytes == sum(
        plane.nbytes for plane in (sprite.luma, sprite.cover, sprite.cb, sprite.cr, sprite.half_cover, sprite.shade)
    )


def test_pose_is_drawn_once() -> None:
    """The same pose at about the same size is the same picture; another one is another."""
    sprites = Sprites(LIGHT)
    first, second = found()[:2]
    assert sprites.of(first) is sprites.of(first)
    assert sprites.of(first) is not sprites.of(second)


def test_sprite_is_hardly_enlarged() -> None:
    """What is drawn is at most a sixth smaller than what is wanted, and not twice as large."""
    for person in found():
        assert person.scale / 1.16 < Sprites(LIGHT).of(person).height_px < 2 * person.scale


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many poses are asked for, kept pictures stay within the bound, and the latest is among them."""
    monkeypatch.setattr(street_sprites, "SPRITES_BYTES", 200_000)
    sprites = Sprites(LIGHT)
    for number in range(0, 40, 4):
        for person in found(number):
            latest = sprites.of(person)
            assert sprites._nbytes == sum(sprite.nbytes for sprite in sprites._kept.values()) <= 200_000
            assert sprites.of(person) is latest


@pytest.mark.parametrize(
    ("colour", "wanted"),
    [((0, 0, 0), (16, 128, 128)), ((255, 255, 255), (235, 128, 128)), ((0, 0, 255), (81, 90, 240))],
)
def test_colours_are_bt601(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> None:
    """Black, white and red are where BT.601 has them."""
    assert ycbcr(colour) == pytest.approx(wanted, abs=0.6)
