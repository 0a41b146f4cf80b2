"""The painted street against what is known of it: boxes, shares that are seen, and frames in any order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from common.job import InputSpec
from common.street import Person, Scene, people, truth
from producer.street import StreetPainter, _blend
from producer.street_light import light_of
from producer.street_sprites import Sprites
from tests.unit.producer.planes_of import grey

Box = tuple[int, int, int, int] | tuple[float, float, float, float] | np.ndarray
SIZES = [(1280, 720), (640, 480), (321, 241), (360, 640)]


def scene(seed: int = 1, count: int = 6, size: tuple[int, int] = (640, 360)) -> Scene:
    """A small street."""
    return Scene(count, *size, Fraction(25), seed)


def cover(person: Person, sprites: Sprites, shape: tuple[int, int], margin: int = 0) -> np.ndarray:
    """How much of each pixel a person covers, 0..1, in a frame of `shape` with a margin around it."""
    height, width = shape
    dark, light = (grey(width + 2 * margin, height + 2 * margin, value) for value in (16, 216))
    moved = replace(person, x_px=person.x_px + margin, y_px=person.y_px + margin)
    for picture in (dark, light):
        _blend(picture, moved, sprites.of(person))
    return 1 - (light.luma.astype(float) - dark.luma) / 200


def around(marked: np.ndarray) -> tuple[int, int, int, int] | None:
    """x1, y1, x2, y2 of the marked pixels."""
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    return (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if len(rows) else None


def grown(box: Box, by: float) -> np.ndarray:
    """The box, larger by so much on each side, as its outward reach: -x1, -y1, x2, y2."""
    return np.array([-box[0], -box[1], box[2], box[3]]) + by


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(4))
def test_pixels_change_inside_the_box(seed: int, size: tuple[int, int]) -> None:
    """Alone in the street, a person changes pixels in all of their box, and at most a smoothed edge beyond it."""
    wanted = scene(seed, 1, size)
    painter = StreetPainter(wanted, shadows=False)
    compared = 0
    for number in range(0, 300, 23):
        drawn = around(painter.planes(number).luma != painter._empty.luma)
        known = truth(wanted, number)
        if drawn is None:
            assert not len(known) or (known[0, 2:4] - known[0, :2]).min() < 1
            continue
        reach = grown(drawn, 0)
        assert (reach >= grown(known[0], -1.0)).all()
        # Of somebody whom the frame cuts, a limb outside may touch its edge with a faint trace of smoothing.
        cut = (grown(known[0], 2.0) > (0, 0, *size)).any()
        assert cut or (reach <= grown(known[0], 2.6)).all()
        compared += 1
    assert compared >= 3


@pytest.mark.parametrize("seed", range(3))
def test_box_is_the_covered_extent(seed: int) -> None:
    """Of each of 20 people, what covers half a pixel or more is in the box, to 1.1 pixels, and fills it."""
    wanted = scene(seed, 20, (1280, 720))
    sprites = Sprites(light_of(wanted))
    for person in people(wanted, 50):
        covered = cover(person, sprites, (720, 1280))
        half, faint = (around(covered > least) for least in (0.5, 0.02))
        assert faint is not None
        assert (grown(faint, 0) >= grown(person.box, -0.1)).all()
        assert half is None or (grown(half, 0) <= grown(person.box, 1.1)).all()


@pytest.mark.parametrize("seed", range(4))
def test_visible_is_the_share_of_pixels(seed: int) -> None:
    """What is said to be seen of each of 20 people is the share of their pixels that is, to 0.06."""
    wanted = scene(seed, 20, (640, 360))
    sprites = Sprites(light_of(wanted))
    margin = 200
    frame = np.zeros((360 + 2 * margin, 640 + 2 * margin), bool)
    frame[margin:-margin, margin:-margin] = True
    shares, errors = [], []
    for person in reversed(people(wanted, 77)):
        covered = cover(person, sprites, (360, 640), margin) > 0.5
        share = (covered & frame).sum() / covered.sum()
        errors.append(abs(share - person.visible))
        shares.append(share)
        frame &= ~covered
    assert max(errors) < 0.06
    assert min(shares) < 0.9 < max(shares)


@pytest.mark.parametrize("away", [(-2000, 0), (2000, 0), (0, -2000), (0, 2000)])
def test_what_is_outside_the_frame_changes_nothing(away: tuple[int, int]) -> None:
    """Neither a person nor a shadow is drawn into the picture from beyond any of its edges."""
    wanted = scene()
    painter, sprites, picture = StreetPainter(wanted), Sprites(light_of(wanted)), grey(640, 360, 100)
    person = people(wanted, 50)[-1]
    moved = replace(person, x_px=person.x_px + away[0], y_px=person.y_px + away[1])
    for drawn, changes in ((moved, False), (person, True)):
        painter._shade(picture.luma, drawn, sprites.of(drawn))
        assert (picture.luma != 100).any() == changes
        _blend(picture, drawn, sprites.of(drawn))
        assert (
            any((plane != before).any() for plane, before in zip(picture, grey(640, 360, 100), strict=True)) == changes
        )


def test_frames_in_any_order_are_the_same_bytes() -> None:
    """A frame does not depend on those that were asked for before it."""
    forth, back = StreetPainter(scene()), StreetPainter(scene())
    once = [forth.bgr(number).tobytes() for number in range(30)]
    again = [back.bgr(number).tobytes() for number in reversed(range(30))]
    assert once == again[::-1]
    assert len(set(once)) == 30


def test_seed_decides_the_street() -> None:
    """Two seeds have hardly a pixel in common, two numbers of one seed nearly all."""
    first, later = (StreetPainter(scene(1)).planes(number).luma for number in (0, 40))
    other = StreetPainter(scene(2)).planes(0).luma
    assert (first == later).mean() > 0.7
    assert (first == other).mean() < 0.2


def test_same_number_is_painted_once() -> None:
    """The original that a collector draws on is the very picture that the model's input was made of."""
    painter = StreetPainter(scene())
    assert painter.planes(3) is painter.planes(3)
    assert painter.planes(3) is not painter.planes(4)


def test_model_input_is_the_picture_resized() -> None:
    """At the scene's size, i420 is its planes; at another one, about the same picture."""
    wanted = scene(size=(640, 360))
    painter = StreetPainter(wanted)
    whole, small = (InputSpec("image", *size, "i420", "BGR", "stretch") for size in ((640, 360), (320, 180)))
    flat, half = np.empty(whole.nbytes, np.uint8), np.empty(small.nbytes, np.uint8)
    painter.paint(9, whole, flat)
    painter.paint(9, small, half)
    picture = painter.planes(9)
    assert flat.tobytes() == b"".join(plane.tobytes() for plane in picture)
    quarters = picture.luma.reshape(180, 2, 320, 2).mean(axis=(1, 3))
    assert np.abs(quarters - half[: 320 * 180].reshape(180, 320)).mean() < 1


def test_shadows_darken_the_ground_alone() -> None:
    """With shadows some pixels are darker, none is lighter, and people are as they were."""
    wanted = scene(3)
    lit, dark = (StreetPainter(wanted, shadows=shadows).planes(10) for shadows in (False, True))
    change = dark.luma.astype(int) - lit.luma
    assert change.min() < -10
    assert change.max() <= 0
    assert (dark.cb == lit.cb).all()
    assert (dark.cr == lit.cr).all()
