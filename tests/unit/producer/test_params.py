"""Values of the producer's options."""

from __future__ import annotations

from fractions import Fraction

import click
import pytest

from producer.params import Moment, Rate, Rectangle
from producer.view import Region


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0.0), ("12.5", 12.5), ("1:30", 90.0), ("90:00", 5400.0), ("1:02:03.5", 3723.5)]
)
def test_a_time_is_seconds_or_a_clock(text: str, seconds: float) -> None:
    """And can be written as it was read, for a role that `run` starts."""
    assert Moment().convert(text, None, None) == seconds
    assert Moment().convert(str(seconds), None, None) == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:60", "1:60:00", "nan", "1e3", "soon", "1:2:3:4"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """With what is one."""
    with pytest.raises(click.BadParameter, match="write seconds"):
        Moment().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "rate"), [("25", 25), ("12.5", Fraction(25, 2)), ("30000/1001", Fraction(30000, 1001))]
)
def test_a_rate_is_exact(text: str, rate: Fraction) -> None:
    """As a number or as a ratio."""
    assert Rate().convert(text, None, None) == rate
    assert Rate().convert(str(Rate().convert(text, None, None)), None, None) == rate


@pytest.mark.parametrize("text", ["0", "-1", "1/0", "inf", "1001", "fast"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """With what is one."""
    with pytest.raises(click.BadParameter, match="is no rate above 0 and up to 1000"):
        Rate().convert(text, None, None)


def test_a_region_is_four_numbers() -> None:
    """Of which the last two are not 0."""
    region = Rectangle().convert("10,0,640,480", None, None)
    assert region == Region(10, 0, 640, 480)
    assert Rectangle().convert(str(region), None, None) == region
    for text in ("", "1,2,3", "1,2,-3,4", "a,b,c,d"):
        with pytest.raises(click.BadParameter, match="is no region"):
            Rectangle().convert(text, None, None)
    with pytest.raises(click.BadParameter, match="holds no pixel"):
        Rectangle().convert("0,0,0,9", None, None)
