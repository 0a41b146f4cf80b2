"""Sizes of pictures."""

from __future__ import annotations

import pytest

from common.picture import picture_bytes, picture_size, picture_slots


@pytest.mark.parametrize(
    ("frame", "picture", "size"),
    [((1920, 1080), (1920, 1080), 3_110_400), ((333, 251), (334, 252), 126_252), ((1, 1), (2, 2), 6)],
)
def test_sides_are_even(frame: tuple[int, int], picture: tuple[int, int], size: int) -> None:
    """Chroma has half of each side, and every pixel of the frame has a place."""
    assert picture_size(*frame) == picture
    assert picture_bytes(*frame) == size


@pytest.mark.parametrize(
    ("frame", "window", "streams", "least", "slots"),
    [
        ((1920, 1080), 64, 1, 2, 64),
        ((3840, 2160), 64, 1, 2, 43),
        ((3840, 2160), 64, 30, 2, 2),
        ((3840, 2160), 64, 30, 3, 3),
        ((8192, 8192), 1, 9, 2, 1),
    ],
)
def test_slots_fit_memory_and_window(frame: tuple[int, int], window: int, streams: int, least: int, slots: int) -> None:
    """Large frames are in flight in smaller numbers, and never more than the window."""
    assert picture_slots(*frame, window=window, streams=streams, least=least) == slots
