"""An account as a document and as text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from common.errors import ModelError
from common.families import Port
from common.graph import Graph, Step
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec
from common.model_choices import Asked, choose
from common.model_metadata import metadata_of
from common.recognition import recognise
from tests.unit.common.test_recognition import FORMS
from vinofleet.models.account import Account, weights_of
from vinofleet.schema import schema_text

GRAPH = Graph(
    inputs=(Port("image", (1, 3, 8, 16), "f32"),),
    outputs=(Port("found", (1, 1, 4, 7), "f32"),),
    operations={"DetectionOutput": 1, "Constant": 4},
    weights={"i64": 100, "f16": 8, "f32": 4},
    steps=(Step("Multiply", (0.5,)),),
    suppression={"background_label_id": 0, "num_classes": 3},
    info={"model_info/labels": "cat dog"},
)
JOB = JobDocument(
    "openvino",
    "tiny",
    (ModelFile("tiny.xml", 5, "a" * 64),),
    InputSpec("image", 16, 8, "i420", "BGR", "stretch"),
    OutputSpec("ssd", "found", 1, ("cat", "dog"), 0.5),
)


def account(graph: Graph = GRAPH, **more: Any) -> Account:  # noqa: ANN401 - fields of an account
    """Return one of a small detector, changed."""
    metadata = metadata_of(graph)
    made = Account(
        name="tiny.xml",
        format="OpenVINO IR",
        files=JOB.files,
        known_as=None,
        graph=graph,
        family=recognise(graph),
        metadata=metadata,
        choices=choose(Asked(), None, metadata),
        job=JOB,
        refusals=(),
        warnings=(),
    )
    return replace(made, **more)


@pytest.mark.parametrize(
    "made",
    [
        account(),
        account(known_as="pets/FP16", warnings=("a", "b")),
        account(job=None, refusals=(ModelError("what", "remedy"),)),
        account(Graph((), ()), job=None, files=()),
        account(replace(GRAPH, inputs=(Port("", (-1, -1), "f32"),)), job=None),
    ],
)
def test_every_document_fits_the_schema(made: Account) -> None:
    """Also that of a model about which nothing is known."""
    document = json.loads(json.dumps(made.document()))
    jsonschema.Draft202012Validator(json.loads(schema_text("inspect"))).validate(document)


def test_the_schema_names_every_family() -> None:
    """Those that outputs alone decide, and the one that goes by their names."""
    schema = json.loads(schema_text("inspect"))
    assert set(schema["properties"]["family"]["properties"]["name"]["enum"]) == {name for name, _ in FORMS} | {
        "boxes-labels"
    }


def test_the_document_has_what_was_found() -> None:
    """Open dimensions are null, and the job is the document that workers get."""
    document = account(replace(GRAPH, inputs=(Port("image", (-1, 3, 8, 16), "f32"),))).document()
    assert document["inputs"][0]["shape"] == [None, 3, 8, 16]
    assert document["job"] == json.loads(JOB.canonical)
    assert document["operations"] == 5
    assert document["says"]["said_by"].keys() == {"labels", "classes", "label_base"}


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        ({"i64": 900, "f16": 5}, "FP16"),
        ({"f32": 4, "i8": 5}, "INT8"),
        ({"u4": 1}, "INT4"),
        ({"i64": 9}, None),
        ({}, None),
    ],
)
def test_weights_are_named_by_what_most_of_them_are(weights: dict[str, int], name: str | None) -> None:
    """Shapes and indices are no weights."""
    assert weights_of(replace(GRAPH, weights=weights)) == name
