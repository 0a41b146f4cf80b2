"""A graph's outline goes to JSON and back, and other JSON is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.families import Port
from common.graph import Graph, Step, parse_graph

GRAPH = Graph(
    inputs=(Port("image", (1, 3, -1, 8), "f32"),),
    outputs=(Port("found", (), "f32"),),
    operations={"Convolution": 2},
    weights={"f16": 400},
    steps=(Step("Multiply", (0.5, 0.25, 0.125)), Step("Convert", ())),
    suppression={"background_label_id": -1},
    info={"model_info/labels": "a b"},
)


def test_an_outline_survives_the_cache() -> None:
    """What is written is what is read."""
    assert parse_graph(json.loads(json.dumps(GRAPH.fields()))) == GRAPH


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": None},
        {"outputs": [{}]},
        {"inputs": [{"name": "x", "shape": ["3"], "element_type": "f32"}]},
        {"inputs": [{"name": "x", "shape": 3, "element_type": "f32"}]},
        {"operations": {"Convolution": "2"}},
        {"weights": {"f16": True}},
        {"steps": [["Multiply"]]},
        {"steps": [["Multiply", ["x"]]]},
        {"suppression": 7},
    ],
)
def test_another_form_is_refused(change: dict[str, Any]) -> None:
    """So that a damaged cache is seen where it is read."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_graph(GRAPH.fields() | change)


@pytest.mark.parametrize("name", list(GRAPH.fields()))
def test_every_field_is_needed(name: str) -> None:
    """An entry of an older version is none."""
    with pytest.raises(KeyError):
        parse_graph({key: value for key, value in GRAPH.fields().items() if key != name})
