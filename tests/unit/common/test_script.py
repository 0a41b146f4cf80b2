"""The scripted engine's options, and what it detects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ModelError
from common.script import Script, parse_script, scripted_detections


def test_absent_options_have_their_defaults() -> None:
    """An empty script is a fast, faultless device."""
    assert parse_script("") == Script()


def test_every_option_is_read() -> None:
    """Lists of frame numbers are joined by commas."""
    text = "service_ms=2.5&requests=4&detections=3&poison=7,8&hang=9&error=1,2,3"
    expected = Script(2.5, 4, 3, frozenset({7, 8}), frozenset({9}), frozenset({1, 2, 3}))
    assert parse_script(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "speed=9",
        "requests=0",
        "requests=x",
        "requests",
        "service_ms=-1",
        "service_ms=nan",
        "detections=1001",
        "hang=1;2",
        "error=",
        "requests=1&requests=2",
    ],
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    """A fault that was asked for never fails to happen because of a typing error."""
    with pytest.raises(ModelError):
        parse_script(text)


@given(st.integers(0, 2**32 - 1), st.integers(0, 20), st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
def test_detections_are_the_documented_function_of_the_number(
    number: int, count: int, frame_size: tuple[int, int]
) -> None:
    """Anyone who knows the number can tell what was to be found."""
    width, height = frame_size
    found = scripted_detections(number, count, frame_size)
    assert found.shape == (count, 6)
    assert found.dtype == np.float32
    for i, (x1, y1, x2, y2, score, label) in enumerate(found.tolist()):
        assert (x1, y1) == ((7 * number + 31 * i) % width, (11 * number + 17 * i) % height)
        assert (x2 - x1, y2 - y1, label) == (8, 16, i % 3)
        assert score == pytest.approx(0.5 + (number + i) % 50 / 100)
