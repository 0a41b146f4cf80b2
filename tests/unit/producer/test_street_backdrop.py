"""The empty street."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from common.street_scene import Scene, view
from producer import street_backdrop
from producer.street_backdrop import backdrop
from producer.street_light import light_of


def street(seed: int, width: int = 640, height: int = 360) -> np.ndarray:
    """The picture of an empty street."""
    scene = Scene(1, width, height, Fraction(25), seed)
    return backdrop(scene, light_of(scene))


@pytest.mark.parametrize("size", [(48, 48), (4096, 48), (48, 4096), (321, 241), (360, 640)])
def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    """A picture of the size wanted, neither empty nor of one tone."""
    picture = street(3, *size)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 15


@pytest.mark.parametrize("seed", range(12))
def test_every_street_has_sky_or_walls_and_ground(seed: int) -> None:
    """No pixel was left undrawn, the ground differs from what is above it, and the same seed is the same picture."""
    picture = street(seed)
    assert (picture == street(seed)).all()
    base = int(
        view(Scene(1, 640, 360, Fraction(25), seed)).pixel(0, view(Scene(1, 640, 360, Fraction(25), seed)).wall_m)[1]
    )
    assert picture[base - 40 : base].std() > 8
    assert np.abs(picture[:base].mean(axis=(0, 1)) - picture[base:].mean(axis=(0, 1))).max() > 3
    assert 40 < picture.mean() < 220


def test_large_pictures_are_enlarged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a street is drawn at half its size: the same street, for a quarter of the memory."""
    whole = street(5).astype(int)
    monkeypatch.setattr(street_backdrop, "DRAWN_MAX_PIXELS", 640 * 360 - 1)
    halved = street(5)
    assert halved.shape == whole.shape
    soft = cv2.blur(whole.astype(np.uint8), (9, 9)).astype(int)
    assert np.abs(cv2.blur(halved, (9, 9)).astype(int) - soft).mean() < 6
