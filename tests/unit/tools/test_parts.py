"""Parts of clips."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.person.parts import Part, part


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b.avi", Part(Path("a/b.avi"))),
        ("b.avi:0.7-1.0", Part(Path("b.avi"), 0.7, 1.0)),
        ("a:b-c/d.avi:0-0.5", Part(Path("a:b-c/d.avi"), 0.0, 0.5)),
        ("rtsp:stream", Part(Path("rtsp:stream"))),
    ],
)
def test_a_part_is_a_path_and_two_shares(text: str, expected: Part) -> None:
    """Without shares it is the whole clip; colons in a path are the path's."""
    assert part(text) == expected


@pytest.mark.parametrize("text", ["a.avi:0.7-0.7", "a.avi:0.9-0.1", "a.avi:0-1.1"])
def test_shares_outside_a_clip_are_refused(text: str) -> None:
    """A part has at least one share of the clip, and no more than all of it."""
    with pytest.raises(ValueError, match="is no part of a clip"):
        part(text)


@given(frames=st.integers(0, 5000), share=st.floats(0.01, 0.99))
def test_parts_that_meet_share_no_frame_and_lose_none(frames: int, share: float) -> None:
    """What is trained on is not what is measured."""
    first, second = Part(Path("a"), 0.0, share), Part(Path("a"), share, 1.0)
    assert [*first.numbers(frames), *second.numbers(frames)] == list(range(frames))


def test_a_part_says_what_it_is() -> None:
    """The clip's folder and name, and shares where they are not the whole."""
    assert str(Part(Path("/x/y/a.avi"))) == "y/a.avi"
    assert str(Part(Path("a.avi"), 0.5, 0.75)) == "a.avi:0.5-0.75"
