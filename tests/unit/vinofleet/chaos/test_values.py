"""What options may hold."""

from __future__ import annotations

from typing import Any

import click
import pytest

from vinofleet.chaos.values import Duration, Pair, Process, Share, Words


def convert(kind: Any, text: object) -> object:  # noqa: ANN401 - any kind of value
    """As click does, twice: what is converted stays."""
    value = kind.convert(text, None, None)
    assert kind.convert(value, None, None) == value
    return value


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1.0), ("500ms", 0.5), ("2.5 s", 2.5), ("10m", 600.0), ("1h", 3600.0), (".5", 0.5)]
)
def test_durations(text: str, seconds: float) -> None:
    """With a unit, or seconds."""
    assert convert(Duration(), text) == seconds


@pytest.mark.parametrize(("text", "share"), [("2%", 0.02), ("100 %", 1.0), ("0.5%", 0.005)])
def test_shares(text: str, share: float) -> None:
    """As fractions."""
    assert convert(Share(), text) == share


def test_lists_and_pairs() -> None:
    """An address may hold what it likes before the last =."""
    assert convert(Words(("a", "b")), "a,b,a") == ("a", "b", "a")
    assert convert(Pair(), "tcp://*:7555=tcp://h:5555") == ("tcp://*:7555", "tcp://h:5555")
    assert convert(Process(), "w1=4711") == ("w1", 4711)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Duration(), text) for text in ("", "0", "-1s", "1d", "nan", "1s2")),
        *((Share(), text) for text in ("", "2", "0%", "101%", "-1%")),
        *((Words(("a", "b")), text) for text in ("", "a,", "c", "a, b")),
        *((Pair(), text) for text in ("", "a", "=a", "a=")),
        *((Process(), text) for text in ("w1", "w1=x", "w1=1", "w1=-5", "=5")),
    ],
)
def test_what_is_none_is_refused(kind: Any, text: str) -> None:  # noqa: ANN401 - any kind of value
    """As click's other values are."""
    with pytest.raises(click.BadParameter):
        kind.convert(text, None, None)
