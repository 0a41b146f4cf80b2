"""Words are strings in every respect."""

from __future__ import annotations

from common.word import Word


class Colour(Word):
    """Two words."""

    RED = "red"
    GREEN = "green"


def test_a_word_and_its_string_are_one_key() -> None:
    """A table of words may be asked by string."""
    counts: dict[str, int] = {Colour.RED: 1}
    counts["red"] += 1
    assert counts == {Colour.RED: 2}
    assert hash(Colour.GREEN) == hash("green")


def test_words_are_found_in_sets() -> None:
    """By equality, as strings are."""
    assert Colour.RED in {Colour.RED, Colour.GREEN}
    assert "blue" not in {Colour.RED, Colour.GREEN}
    assert (Colour.RED, f"{Colour.GREEN}") == (Colour("red"), "green")
