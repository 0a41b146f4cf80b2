"""What is drawn, to the pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from collector.canvas import BLACK, GREEN, RED, Canvas
from collector.lettering import Lettering
from collector.overlay import Overlay

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY = 90


def grey(width: int, height: int) -> Canvas:
    """A picture of one luma that nothing drawn has, without colour."""
    pixels = np.full((height * 3 // 2, width), 128, np.uint8)
    pixels[:height] = GREY
    return Canvas(pixels)


def boxes(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    """Detections."""
    return np.array(rows, np.float32).reshape(-1, 6)


def luma(canvas: Canvas) -> NDArray[np.uint8]:
    """The luma plane."""
    return canvas.pixels[: canvas.height]


def colours(canvas: Canvas) -> NDArray[np.uint8]:
    """Y, Cb and Cr of every pixel: [height, width, 3]."""
    chroma = canvas.pixels[canvas.height :].reshape(2, canvas.height // 2, canvas.width // 2)
    return np.dstack([luma(canvas), *chroma.repeat(2, axis=1).repeat(2, axis=2)])


def touched(canvas: Canvas) -> NDArray[np.bool_]:
    """The pixels that something was drawn on: [height, width]."""
    return np.asarray((colours(canvas) != [GREY, 128, 128]).any(axis=2))


@pytest.mark.parametrize(
    ("size", "line"), [((426, 240), 2), ((768, 576), 2), ((1280, 720), 2), ((1920, 1080), 4), ((3840, 2160), 8)]
)
def test_a_box_is_a_green_line_on_its_border(size: tuple[int, int], line: int) -> None:
    """Every pixel of it in all planes, half of it on either side; the inside is not touched."""
    canvas = grey(*size)
    overlay = Overlay(size[1], ("",))
    left, top, right, bottom = 100, size[1] // 2, 200, size[1] // 2 + 100
    overlay.detections(canvas, boxes((left, top, right, bottom, 0.5, 0)))
    frame = colours(canvas)
    half = line // 2 if line > 2 else 0  # a line of 2 pixels begins at an even one
    outer = touched(canvas)
    assert (frame[top + line : bottom - line, left + line : right - line] == [GREY, 128, 128]).all()
    for part in (
        frame[bottom - half : bottom - half + line, left - half : right + half],
        frame[top - half : bottom + half, left - half : left - half + line],
        frame[top - half : bottom + half, right - half : right - half + line],
    ):
        assert (part == GREEN).all()
    assert not outer[bottom + line :].any()
    assert not outer[:, : left - line].any()


@pytest.mark.parametrize("size", [(426, 240), (768, 576), (1920, 1080), (3840, 2160)])
def test_text_is_legible(size: tuple[int, int]) -> None:
    """Capitals have 1.7 percent of the picture's height, and 9 pixels at least; dark ink on bright paper."""
    canvas = grey(*size)
    Overlay(size[1], ("HHH",)).detections(canvas, boxes((size[0] / 4, size[1] / 2, size[0] / 2, size[1] * 0.9, 0.5, 0)))
    rows = np.flatnonzero((luma(canvas)[: size[1] // 2 - 4] < 40).any(axis=1))
    assert rows[-1] - rows[0] + 1 >= max(9, 0.017 * size[1])
    assert (luma(canvas) == GREEN.y).sum() > (luma(canvas) < 40).sum()


def tag_at(canvas: Canvas, tag: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of what was drawn, which is one tag."""
    rows, columns = (np.flatnonzero(touched(canvas).any(axis=axis)) for axis in (1, 0))
    assert (columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1) == tag
    return columns[0], rows[0], *tag


@pytest.mark.parametrize(
    ("box", "corner"),
    [
        ((300, 200, 300, 200), "above"),
        ((760, 200, 900, 300), "right"),
        ((-50, 200, 40, 300), "left"),
        ((300, 4, 400, 40), "inside"),
        ((300, 560, 400, 700), "above"),
        ((300, -90, 400, 40), "top"),
    ],
)
def test_a_tag_stays_in_the_picture(box: tuple[float, ...], corner: str) -> None:
    """Above its box where there is room; else in it, and moved in from the sides."""
    canvas, height = grey(768, 576), Lettering(12, BLACK, GREEN).height
    patch = Lettering(12, BLACK, GREEN).line("person 0.98")
    overlay = Overlay(576, ("person",))
    overlay._frame = lambda *_: None  # type: ignore[method-assign]
    overlay.detections(canvas, boxes((*box, 0.9753, 0)))
    left, top, width, _ = tag_at(canvas, (patch.width, patch.height))
    assert np.array_equal(luma(canvas)[top : top + height, left : left + width], patch.y)
    expected_left = {"right": 768 - width, "left": 0}.get(corner, 300)
    expected_top = {"inside": 4, "top": 0}.get(corner, box[1] - height)
    assert abs(left - expected_left) <= 2
    assert abs(top - expected_top) <= 2


def test_the_likelier_of_two_tags_is_on_top() -> None:
    """In whatever order they are told."""
    pictures = []
    for order in ((0, 1), (1, 0)):
        canvas = grey(768, 576)
        pair = np.array([(300, 200, 340, 300, 0.51, 0), (310, 200, 350, 300, 0.99, 0)], np.float32)
        Overlay(576, ("person",)).detections(canvas, pair[list(order)])
        pictures.append(luma(canvas).copy())
    assert np.array_equal(pictures[0], pictures[1])
    patch = Lettering(12, BLACK, GREEN).line("person 0.99")
    assert np.array_equal(pictures[0][200 - patch.height : 200, 310 : 310 + patch.width], patch.y)


def test_a_tag_leaves_the_rate_to_be_read() -> None:
    """A box in the top left corner is named below it."""
    canvas, overlay = grey(768, 576), Overlay(576, ("person",))
    found = boxes((0, 0, 100, 200, 0.5, 0))
    overlay.detections(canvas, found)
    overlay.rate(canvas, 10.0)
    patch = Lettering(12, BLACK, GREEN).line("person 0.50")
    at = overlay._panel.height
    assert np.array_equal(luma(canvas)[at : at + patch.height, : patch.width], patch.y)


@pytest.mark.parametrize("box", [(-90, -90, -20, -20), (900, 10, 950, 90), (10, 600, 90, 700), (1e30, 0, 3e38, 9)])
def test_a_box_outside_the_picture_is_not_drawn(box: tuple[float, ...]) -> None:
    """Nor is its tag."""
    canvas = grey(768, 576)
    Overlay(576, ()).detections(canvas, boxes((*box, 0.5, 0)))
    assert not touched(canvas).any()


def test_a_box_around_the_picture_leaves_it_alone() -> None:
    """Its border lies outside; only its tag shows."""
    canvas = grey(768, 576)
    Overlay(576, ()).detections(canvas, boxes((-1e9, -1e9, 1e9, 1e9, 0.5, 0)))
    assert touched(canvas).any()
    assert not touched(canvas)[60:].any()


FOUND = st_numpy.arrays(
    np.float32,
    st.tuples(st.integers(0, 5), st.just(6)),
    elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
)


@given(found=FOUND, size=st.sampled_from([(2, 2), (16, 16), (64, 2), (2, 64), (64, 48)]))
def test_any_finite_detections_can_be_drawn(found: NDArray[np.float32], size: tuple[int, int]) -> None:
    """On any picture, however small: no error, no other shape, no value out of range."""
    canvas, overlay = grey(*size), Overlay(size[1], ("a",))
    found[:, 5] = np.clip(found[:, 5], -(2**31), 2**31)
    overlay.detections(canvas, found)
    overlay.rate(canvas, 1e9)
    overlay.alarm(canvas, "frame 0 failed: poison")
    assert 16 <= canvas.pixels.min() <= canvas.pixels.max() <= 240


@pytest.mark.parametrize(("number", "text"), [(0, "cat 0.50"), (1, "1 0.50"), (-1, "-1 0.50")])
def test_a_class_has_its_label_or_its_number(number: int, text: str) -> None:
    """A class beyond the labels is named by its number, also below zero."""
    canvas = grey(768, 576)
    Overlay(576, ("cat",)).detections(canvas, boxes((300, 300, 400, 400, 0.5, number)))
    patch = Lettering(12, BLACK, GREEN).line(text)
    bottom = 300
    assert np.array_equal(luma(canvas)[bottom - patch.height : bottom, 300 : 300 + patch.width], patch.y)


def test_the_rate_covers_an_earlier_one() -> None:
    """It is always on as much paper."""
    one, other, overlay = grey(768, 576), grey(768, 576), Overlay(576, ())
    overlay.rate(one, 88888.8)
    overlay.rate(one, 1.1)
    overlay.rate(other, 1.1)
    assert np.array_equal(one.pixels, other.pixels)


def test_an_alarm_covers_an_earlier_one() -> None:
    """Across the picture, below the rate."""
    one, other, overlay = grey(768, 576), grey(768, 576), Overlay(576, ())
    overlay.alarm(one, "frame 100 dropped: interrupted")
    overlay.alarm(one, "frame 1 failed: poison")
    overlay.alarm(other, "frame 1 failed: poison")
    assert np.array_equal(one.pixels, other.pixels)
    assert (colours(one)[overlay._panel.height, -1] == RED).all()
