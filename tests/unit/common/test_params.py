"""Kinds of option values."""

from __future__ import annotations

import click
import pytest

from common.params import Seconds


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0", "-1", "soon", ""])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A patience of nan would never end, and no comparison says so."""
    with pytest.raises(click.BadParameter):
        Seconds().convert(text, None, None)


def test_a_duration_is_a_float() -> None:
    """Whole numbers too."""
    assert Seconds().convert("0.5", None, None) == 0.5
    assert Seconds().convert("3", None, None) == 3.0
