"""The truth of a stream, from a text that a peer sent."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.street import Scene, truth
from common.truth import read_truth

GOOD = "synthetic://street?people=6&size=1280x720&fps=25&seed=1"


def test_nothing_is_known_of_most_streams() -> None:
    """An empty text is no truth."""
    assert read_truth("") is None


@given(
    st.integers(1, 60), st.integers(48, 4096), st.integers(48, 4096), st.fractions(1, 1000), st.integers(0, 10**9 - 1)
)
def test_each_scene_is_read_as_it_is_written(people: int, width: int, height: int, fps: Fraction, seed: int) -> None:
    """What a producer writes of a scene a collector reads as that scene."""
    fps = fps.limit_denominator(10**5)
    scene = Scene(people, width, height, fps, seed)
    known = read_truth(scene.address)
    assert known is not None
    assert scene.address in repr(known)
    assert len(scene.address) <= 300


def test_boxes_are_those_of_the_scene() -> None:
    """The truth's boxes are the street's."""
    known = read_truth(GOOD)
    assert known is not None
    assert (known.boxes(17) == truth(Scene(6, 1280, 720, Fraction(25), 1), 17)).all()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "synthetic://counter?frames=1",
        GOOD + "&seed=2",
        GOOD + " ",
        GOOD + chr(10),
        GOOD.replace("people=6", "people=0"),
        GOOD.replace("people=6", "people=61"),
        GOOD.replace("people=6", "people=06"),
        GOOD.replace("people=6", "people=٦"),
        GOOD.replace("1280x720", "12800x720"),
        GOOD.replace("1280x720", "8000x720"),
        GOOD.replace("1280x720", "1280x7"),
        GOOD.replace("fps=25", "fps=50/2"),
        GOOD.replace("fps=25", "fps=1/0"),
        GOOD.replace("fps=25", "fps=0"),
        GOOD.replace("fps=25", "fps=1001"),
        GOOD.replace("seed=1", "seed=-1"),
        GOOD.replace("seed=1", "seed=1000000000"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """A text in another form, or out of bounds, is an error and not a guess."""
    with pytest.raises(ValueError, match=r"."):
        read_truth(text)


@given(st.text(max_size=300))
def test_any_text_is_refused_or_empty(text: str) -> None:
    """No text does anything else than be refused."""
    if text:
        with pytest.raises(ValueError, match=r"."):
            read_truth(text)
