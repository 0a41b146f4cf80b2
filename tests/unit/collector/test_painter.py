"""A canvas for every row, that says what became of the frame."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collector.canvas import GREEN, RED
from collector.painter import Painter
from collector.picture import Picture
from common.picture import picture_size
from common.rows import Row, Status, StreamHeader

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER = StreamHeader("clip", 320, 240, Fraction(1, 10), Fraction(10))
FREE = slice(60, 240)
"""Lines below all text at the top."""


def ok(number: int, *found: tuple[float, ...]) -> Row:
    """A row with detections."""
    return Row("clip", number, number, Status.OK, "", np.array(found, np.float32).reshape(-1, 6))


def dropped(number: int) -> Row:
    """A row that has none."""
    return Row("clip", number, None, Status.DROPPED, "interrupted")


def picture(header: StreamHeader = HEADER, *, scale: int = 1, value: int = 100) -> Picture:
    """An original of one luma, without colour."""
    width, height = picture_size(header.width, header.height)
    i420 = np.full((height * 3 // 2, width), 128, np.uint8)
    i420[:height] = value
    return Picture(header.width * scale, header.height * scale, i420)


@pytest.fixture
def painter() -> Painter:
    """A painter that knows one stream."""
    painter = Painter()
    painter.begin(HEADER, ("person",))
    return painter


def red_lines(canvas: NDArray[np.uint8]) -> int:
    """How many lines are red at their end: those that an alarm is written on."""
    return int((canvas[:240, -1] == RED.y).sum())


def test_a_picture_is_shown_with_its_boxes(painter: Painter) -> None:
    """What is not drawn on is the original; nothing is wrong."""
    canvas = painter.paint(ok(0, (100, 100, 200, 200, 0.9, 0)), picture(), 0.0)
    assert canvas.shape == (360, 320)
    assert (canvas[100:202, 100] == GREEN.y).all()
    assert (canvas[104:196, 104:196] == 100).all()
    assert red_lines(canvas) == 0


def test_boxes_are_scaled_to_the_canvas(painter: Painter) -> None:
    """A frame of another size than the stream's is shown in the stream's."""
    expected = painter.paint(ok(0, (100, 100, 200, 200, 0.9, 0)), picture(), 0.0).copy()
    canvas = painter.paint(ok(1, (200, 200, 400, 400, 0.9, 0)), picture(scale=2), 0.0)
    assert np.array_equal(canvas[FREE], expected[FREE])


def test_a_box_that_no_scale_can_hold_is_outside(painter: Painter) -> None:
    """Nothing is drawn of it, and nobody is warned."""
    small = Picture(HEADER.width // 2, HEADER.height // 2, picture().i420)
    canvas = painter.paint(ok(0, (3e38, 0, 3e38, 9, 0.9, 0)), small, 0.0)
    assert (canvas[FREE] == 100).all()


def test_the_original_is_left_as_it_is(painter: Painter) -> None:
    """It may lie in the producer's memory."""
    original = picture()
    original.i420.setflags(write=False)
    painter.paint(ok(0, (0, 0, 100, 100, 0.9, 0)), original, 0.0)
    assert set(original.i420.ravel().tolist()) == {100, 128}


def test_a_row_without_a_picture_shows_the_one_before_dimmed(painter: Painter) -> None:
    """Once: the next one without is not darker still. Then a picture is bright again."""
    painter.paint(ok(0), picture(), 0.0)
    for number in (1, 2):
        canvas = painter.paint(dropped(number), None, number / 10)
        assert (canvas[FREE] == 58).all()
        assert red_lines(canvas) > 10
    canvas = painter.paint(ok(3), picture(), 0.3)
    assert (canvas[FREE] == 100).all()
    assert red_lines(canvas) == 0


def test_a_stream_may_begin_without_a_picture(painter: Painter) -> None:
    """It is black, and says why."""
    canvas = painter.paint(dropped(0), None, 0.0)
    assert (canvas[FREE] == 16).all()
    assert red_lines(canvas) > 10


def test_a_failed_frame_is_shown_and_says_so(painter: Painter) -> None:
    """There is a picture, but no worker could say what is on it."""
    canvas = painter.paint(Row("clip", 0, 0, Status.FAILED, "poison"), picture(), 0.0)
    assert (canvas[FREE] == 100).all()
    assert red_lines(canvas) > 10


def test_a_picture_that_is_missing_is_said(painter: Painter) -> None:
    """Detections are drawn all the same."""
    canvas = painter.paint(ok(0, (100, 100, 200, 200, 0.9, 0)), None, 0.0)
    assert (canvas[100:202, 100] == GREEN.y).all()
    assert red_lines(canvas) > 10


def test_the_rate_is_on_every_frame(painter: Painter) -> None:
    """It follows the time that rows come at: 10 a second, then 5."""
    corner = (slice(0, 18), slice(0, 80))
    rates: list[NDArray[np.uint8]] = []
    for number, now_s in enumerate([*(n / 10 for n in range(41)), *(4 + n / 5 for n in range(1, 21))]):
        row = dropped(number) if number % 7 == 6 else ok(number)
        shown = painter.paint(row, None if number % 7 == 6 else picture(), now_s)[corner]
        assert (shown == 16).any()
        assert (shown > 200).any()
        rates.append(shown.copy())
    assert np.array_equal(rates[2], rates[40])
    assert np.array_equal(rates[59], rates[60])
    assert not np.array_equal(rates[40], rates[60])


@pytest.mark.parametrize("size", [(1, 1), (17, 33), (16, 16), (3840, 2160)])
def test_any_size_has_its_canvas(size: tuple[int, int]) -> None:
    """Odd sides are rounded up."""
    header = StreamHeader("clip", *size, Fraction(1, 10), Fraction(10))
    painter = Painter()
    painter.begin(header, ())
    width, height = picture_size(*size)
    for row, original in ((ok(0, (0, 0, 9, 9, 0.5, 0)), picture(header)), (dropped(1), None)):
        assert painter.paint(row, original, 0.0).shape == (height * 3 // 2, width)


def test_streams_do_not_share_a_canvas(painter: Painter) -> None:
    """Each has its own picture before."""
    painter.begin(StreamHeader("other", 320, 240, Fraction(1), Fraction(1)), ())
    painter.paint(ok(0), picture(), 0.0)
    canvas = painter.paint(Row("other", 0, 0, Status.DROPPED, "late"), None, 0.0)
    assert (canvas[FREE] == 16).all()


def test_a_stream_that_has_ended_is_forgotten(painter: Painter) -> None:
    """Its memory is free, and a row of it is an error."""
    painter.end("clip")
    with pytest.raises(KeyError):
        painter.paint(ok(0), None, 0.0)


def test_nobody_is_recognised_where_that_is_asked_for() -> None:
    """In a box, in a frame without a result, and in the dimmed picture after it; the box is drawn above the mosaic."""
    painter = Painter(anonymous=True)
    painter.begin(HEADER, ("person",))
    original = picture()
    original.i420[:240] = np.random.default_rng(1).integers(0, 256, (240, 320), np.uint8)
    canvas = painter.paint(ok(0, (100, 100, 200, 200, 0.9, 0)), original, 0.0)
    assert (canvas[101:200, 100] == GREEN.y).all()
    assert len(np.unique(canvas[110:190, 110:190])) < 64
    assert np.array_equal(canvas[80:88, 210:], original.i420[80:88, 210:])
    for shown in (original, None):
        hidden = painter.paint(dropped(1), shown, 1.0)
        assert len(np.unique(hidden[FREE])) < 64
