"""`vinofleet keys show`: what others know this machine by."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import KeyFileError
from tests.unit.vinofleet.keys.machine import Machine


def test_it_prints_what_new_printed(first: Machine) -> None:
    """Each time."""
    text = first.keys("new")
    assert first.keys("show") == text
    assert first.keys("show") == text


def test_it_never_prints_the_secret(first: Machine) -> None:
    """Nor does any of the other commands."""
    first.keys("new")
    secret = first.ring().secret
    said = "".join(first.keys(*words) for words in (("show",), ("list",), ("list", "--json")))
    assert secret.hex() not in said.lower()
    assert repr(secret) not in said


def test_without_a_key_it_says_how_to_make_one(first: Machine) -> None:
    """And makes none."""
    with pytest.raises(KeyFileError, match="vinofleet keys new"):
        first.keys("show")
    assert not first.path.parent.exists()


def test_the_option_names_another_file(first: Machine, tmp_path: Path) -> None:
    """Whatever the environment says."""
    other = str(tmp_path / "other.json")
    text = first.keys("new", "--keys", other)
    assert first.keys("show", "--keys", other) == text
    assert not first.path.exists()
