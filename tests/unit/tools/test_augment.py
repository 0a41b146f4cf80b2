"""Training pictures: boxes stay on the people, whatever is done to the picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.person.augment import Picture, camera, paste, view
from tools.person.cutouts import Cutout
from tools.person.geometry import HEIGHT, WIDTH

RED = (0, 0, 255)


def one(box: tuple[int, int, int, int]) -> Picture:
    """Return a black picture with one red person, 640 x 480."""
    pixels = np.zeros((480, 640, 3), np.uint8)
    x1, y1, x2, y2 = box
    pixels[y1:y2, x1:x2] = RED
    return Picture(pixels, np.array([[*box, 1.0]], np.float32), np.zeros((0, 4), np.float32))


def red(pixels: np.ndarray) -> np.ndarray:
    """Return where a picture is red and nothing else."""
    return (pixels[..., 2] > 128) & (pixels[..., 0] < 80) & (pixels[..., 1] < 80)


@given(st.integers(0, 10_000))
def test_a_view_moves_the_box_with_its_person(seed: int) -> None:
    """However a picture is cropped, stretched and mirrored, red stays inside of the box, and fills it."""
    picture = view(one((300, 200, 340, 300)), np.random.default_rng(seed))
    assert picture.pixels.shape == (HEIGHT, WIDTH, 3)
    for x1, y1, x2, y2, _ in picture.people:
        where = np.argwhere(red(picture.pixels[:, :, :]))
        inside = red(picture.pixels[round(y1) + 1 : round(y2) - 1, round(x1) + 1 : round(x2) - 1])
        assert inside.size == 0 or inside.mean() > 0.9
        assert len(where) > 0


@given(st.integers(0, 10_000))
def test_who_is_mostly_outside_is_unsure(seed: int) -> None:
    """Every person that is seen at all is either asked for or unsure, never forgotten, and never both."""
    picture = view(one((0, 200, 60, 300)), np.random.default_rng(seed))
    assert len(picture.people) + len(picture.unsure) <= 1
    if red(picture.pixels).sum() > 100:
        assert len(picture.people) + len(picture.unsure) == 1


def cutout() -> Cutout:
    """Return a red person of 30 x 80 pixels with a margin of 5."""
    picture, alpha = np.zeros((90, 40, 3), np.uint8), np.zeros((90, 40), np.float32)
    picture[5:85, 5:35], alpha[5:85, 5:35] = RED, 1.0
    return Cutout(picture, alpha, np.array([5, 5, 35, 85], np.float32), 0.9)


@given(st.integers(0, 10_000))
def test_a_pasted_person_lies_in_its_box(seed: int) -> None:
    """What has changed in the picture is what the new box holds."""
    picture = Picture(np.zeros((240, 320, 3), np.uint8), np.zeros((0, 5), np.float32), np.zeros((0, 4), np.float32))
    paste(picture, cutout(), np.random.default_rng(seed))
    x1, y1, x2, y2, score = picture.people[0]
    assert np.isclose(score, 0.9)
    rows, columns = np.nonzero(picture.pixels.max(2) > 100)
    assert rows.min() >= y1 - 2
    assert rows.max() <= y2 + 2
    assert columns.min() >= x1 - 2
    assert columns.max() <= x2 + 2


def test_a_person_behind_a_pasted_one_is_unsure() -> None:
    """Pasted over until nothing is seen of it, a person is no longer asked for."""
    hidden = 0
    for seed in range(200):
        picture = one((310, 230, 318, 246))
        paste(picture, cutout(), np.random.default_rng(seed))
        if not red(picture.pixels[230:246, 310:318]).any():
            continue
        hidden += len(picture.unsure)
        assert len(picture.people) + len(picture.unsure) == 2
    assert hidden > 0


def test_the_camera_keeps_size_and_repeats_itself() -> None:
    """The same generator makes the same picture; another one another."""
    pixels = one((300, 200, 340, 300)).pixels
    first, again, other = (camera(pixels.copy(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == pixels.shape
    assert (first == again).all()
    assert (first != other).any()
