"""Frame numbers in pixels."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.counter import NUMBER_MAX, STAMP_MIN_BYTES, read_stamp, stamp

SIZES = st.integers(STAMP_MIN_BYTES, 400)
NUMBERS = st.integers(0, NUMBER_MAX)


@given(size=SIZES, number=NUMBERS)
def test_number_survives(size: int, number: int) -> None:
    """What is stamped is read back, from a buffer of any shape."""
    pixels = np.full(size, 7, np.uint8)
    stamp(pixels, number)
    assert read_stamp(pixels) == number
    assert read_stamp(pixels.reshape(1, -1)) == number


def test_only_the_ends_are_written() -> None:
    """The picture between the stamps stays."""
    pixels = np.full(200, 7, np.uint8)
    stamp(pixels, 1)
    assert (pixels[64:-64] == 7).all()


@given(size=SIZES, number=NUMBERS, where=st.integers(0, 127), change=st.integers(128, 255))
def test_one_changed_bit_shows(size: int, number: int, where: int, change: int) -> None:
    """Any single damaged bit of a stamp is an error, never another number."""
    pixels = np.zeros(size, np.uint8)
    stamp(pixels, number)
    pixels[where if where < 64 else where - 128] ^= change
    with pytest.raises(ValueError, match=r"frame"):
        read_stamp(pixels)


@given(number=NUMBERS, side=st.integers(1, 12), quality=st.integers(60, 100), grey=st.integers(0, 255))
def test_it_outlives_a_jpeg_file(number: int, side: int, quality: int, grey: int) -> None:
    """Whatever the picture's width is, and wherever the lines of a stamp break."""
    pixels = np.full((24 * side, 16 * side), grey, np.uint8)
    stamp(pixels, number)
    encoded = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    assert read_stamp(np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)) == number


def test_torn_buffer_shows() -> None:
    """Half of one frame and half of the next is an error that names both."""
    old, new = np.zeros(256, np.uint8), np.zeros(256, np.uint8)
    stamp(old, 4)
    stamp(new, 5)
    new[128:] = old[128:]
    with pytest.raises(ValueError, match="start as frame 5 and end as frame 4"):
        read_stamp(new)


@pytest.mark.parametrize("fill", range(256))
def test_unstamped_pixels_are_no_number(fill: int) -> None:
    """A plain picture carries no number."""
    with pytest.raises(ValueError, match="no intact frame number"):
        read_stamp(np.full(256, fill, np.uint8))


@pytest.mark.parametrize(
    "pixels",
    [np.zeros(STAMP_MIN_BYTES - 1, np.uint8), np.zeros(512, np.uint8)[::2], np.zeros(256, np.uint16)],
    ids=["short", "strided", "wide"],
)
def test_unfit_buffer_is_refused(pixels: np.ndarray) -> None:
    """A buffer that could not be written in place is refused by both functions."""
    with pytest.raises(ValueError, match="contiguous uint8"):
        stamp(pixels, 0)
    with pytest.raises(ValueError, match="contiguous uint8"):
        read_stamp(pixels)


@pytest.mark.parametrize("number", [-1, NUMBER_MAX + 1])
def test_number_out_of_range_is_refused(number: int) -> None:
    """Nothing wraps around."""
    with pytest.raises(ValueError, match="32 bits"):
        stamp(np.zeros(256, np.uint8), number)
