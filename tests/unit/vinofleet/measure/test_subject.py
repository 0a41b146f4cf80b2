"""What is made of a source that is to be measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.media import clip
from vinofleet.measure import subject


@pytest.mark.parametrize(
    ("asked", "skipped", "most", "given"),
    [
        ("synthetic://street", 0, 8, ("synthetic://street?frames=8", 8, False)),
        ("synthetic://street?seed=3", 0, 8, ("synthetic://street?seed=3&frames=8", 8, False)),
        ("synthetic://street?frames=20&seed=3", 0, 8, ("synthetic://street?frames=8&seed=3", 8, False)),
        ("synthetic://street?frames=5", 0, 8, ("synthetic://street?frames=5", 5, False)),
        ("synthetic://street", 3, 8, ("synthetic://street?frames=11", 8, False)),
        ("synthetic://street?frames=5", 3, 8, ("synthetic://street?frames=5", 2, False)),
    ],
)
def test_a_street_is_as_long_as_is_asked_for(asked: str, skipped: int, most: int, given: tuple[str, int, bool]) -> None:
    """So every mode is given the same, and none more than it measures."""
    assert subject._source(asked, skipped, most) == given


def test_of_a_file_it_is_known_whether_there_is_more(tmp_path: Path) -> None:
    """A fleet is told to end early only then."""
    path = str(clip(tmp_path / "clip.mp4", 10))
    assert subject._source(path, 2, 8) == (path, 8, False)
    assert subject._source(path, 2, 7) == (path, 7, True)
