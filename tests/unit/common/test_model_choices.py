"""Whose word about a model counts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import common.zoo
from common.model_choices import DEFAULT, GIVEN, Asked, choose
from common.model_metadata import ModelMetadata
from common.zoo.manifest import parse_manifest

ENTRY = replace(
    parse_manifest(
        json.loads((Path(common.zoo.__file__).parent / "manifest.json").read_text(encoding="utf-8"))
    ).entries["pedestrian-detection-adas-0002"],
    color="RGB",
)
SAYS = ModelMetadata(labels=("cat", "dog"), label_base=2, color="RGB", said_by={"labels": "rt_info names them"})


def test_the_users_word_wins_over_all() -> None:
    """Also where it is falsy: base 0, and no names at all."""
    chosen = choose(Asked(labels=(), label_base=0, color="BGR"), ENTRY, SAYS)
    assert (chosen.labels, chosen.label_base, chosen.color) == ((), 0, "BGR")
    assert set(chosen.origins.values()) == {GIVEN}


def test_what_is_known_of_a_name_wins_over_what_the_file_says() -> None:
    """The list was made from the publisher's documents."""
    chosen = choose(Asked(), ENTRY, SAYS)
    assert (chosen.labels, chosen.label_base, chosen.color) == (("pedestrian",), 1, "RGB")
    assert set(chosen.origins.values()) == {"known of pedestrian-detection-adas-0002"}


def test_what_the_file_says_wins_over_the_default() -> None:
    """With the clause by which it says so."""
    chosen = choose(Asked(), None, SAYS)
    assert (chosen.labels, chosen.label_base, chosen.color) == (("cat", "dog"), 2, "RGB")
    assert chosen.origins["labels"] == "rt_info names them"
    assert chosen.origins["color"] == "the model's file says so"


def test_where_nobody_says_anything_there_is_a_default() -> None:
    """No names, counted from 0, BGR; and it is called a default."""
    chosen = choose(Asked(), None, ModelMetadata())
    assert (chosen.labels, chosen.label_base, chosen.color) == ((), 0, "BGR")
    assert set(chosen.origins.values()) == {DEFAULT}


@pytest.mark.parametrize("field", ["labels", "label_base", "color"])
def test_each_is_chosen_for_itself(field: str) -> None:
    """To give one says nothing of the others."""
    given: Any = {"labels": ("x",), "label_base": 7, "color": "BGR"}[field]
    chosen = choose(Asked(**{field: given}), ENTRY, SAYS)
    assert getattr(chosen, field) == given
    assert {name for name, origin in chosen.origins.items() if origin == GIVEN} == {field}
