"""Parts of live sources, which cannot be read from a frame on; parts of others are compared with lists in test_wish."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

from common.rows import Ending
from producer.derived import Derived
from producer.source import RawFrame
from producer.sources import open_source
from producer.trimming import Cut, Limited, Part


class Camera(Derived):
    """A synthetic source that goes on from now, whichever frame it is asked for; it never ends by itself."""

    def __init__(self) -> None:
        source = open_source("synthetic://counter?frames=100&fps=25&size=64x48", "s")
        super().__init__(source, replace(source.header, live=True, expected=0))

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """All of them."""
        del first
        return self.source.frames()


def times(cut: Cut, first: int = 0) -> list[int]:
    """The timestamps of a part."""
    return [frame.pts for frame in Part(Camera(), cut).frames(first)]


@pytest.mark.parametrize("first", [0, 60])
def test_a_part_of_a_camera_begins_with_its_first_frame(first: int) -> None:
    """Frames are left out at its beginning, and none for those that an earlier producer had."""
    assert times(Cut(skip=90), first) == list(range(90, 100))
    assert times(Cut(every=25), first) == [0, 25, 50, 75]
    assert times(Cut(rate=Fraction(5)), first) == list(range(0, 100, 5))
    assert times(Cut(end_s=0.2, skip=2), first) == [2, 3, 4]


def test_a_camera_is_limited_in_all() -> None:
    """Those count that an earlier producer had; the stream is complete then."""
    for first, left in ((0, 70), (60, 10), (70, 0), (80, 0)):
        source = Limited(Camera(), 70, endless=True)
        assert len(list(source.frames(first))) == left
        assert source.ending is Ending.COMPLETE
