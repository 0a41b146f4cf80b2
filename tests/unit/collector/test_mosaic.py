"""Tiles in a window."""

from __future__ import annotations

import numpy as np
import pytest

from collector.mosaic import Mosaic, grid
from collector.shown import Shown


def picture(name: str, luma: int, width: int = 160, height: int = 120) -> Shown:
    """A grey picture."""
    i420 = np.full((height * 3 // 2, width), 128, np.uint8)
    i420[:height] = luma
    return Shown(name, 0, width, height, i420)


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [(1, (1280, 720), (1, 1)), (2, (1280, 720), (2, 1)), (2, (400, 800), (1, 2)), (5, (1280, 720), (3, 2))],
)
def test_tiles_are_as_large_as_they_can_be(count: int, size: tuple[int, int], expected: tuple[int, int]) -> None:
    """Beside or below each other, as the window is."""
    assert grid(count, 4 / 3, *size) == expected


def test_one_stream_is_shown_as_it_is_or_smaller() -> None:
    """It is never enlarged: the toolkit does that."""
    mosaic = Mosaic()
    assert mosaic.drawn(100, 100) is None
    mosaic.put(picture("a", 235))
    for size, expected in [((640, 480), (120, 160, 3)), ((80, 80), (60, 80, 3))]:
        drawn = mosaic.drawn(*size)
        assert drawn is not None
        assert drawn.shape == expected
        assert drawn.min() > 250


def test_several_streams_have_a_tile_each() -> None:
    """Each at its place, and one that has ended goes while others run."""
    mosaic = Mosaic()
    mosaic.put(picture("a", 235))
    mosaic.put(picture("b", 126))
    drawn = mosaic.drawn(320, 120)
    assert drawn is not None
    assert drawn.shape == (120, 320, 3)
    assert (int(drawn[20, 80, 0]), int(drawn[20, 240, 0])) == (255, 128)
    mosaic.put(picture("b", 235))
    mosaic.keep({"b"})
    alone = mosaic.drawn(320, 120)
    assert alone is not None
    assert alone.shape == (120, 160, 3)
    mosaic.keep(set())
    assert mosaic.drawn(320, 120) is not None
