"""What is warned of, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from common.families import Port
from common.graph import Graph, Step
from common.job import InputSpec, JobDocument, OutputSpec
from common.model_choices import Asked, choose
from common.model_metadata import metadata_of
from common.recognition import recognise
from common.zoo.manifest import Entry
from vinofleet.models.doubts import Case, doubts

IMAGE = Port("image", (1, 3, 8, 16), "f32")
FOUND = Port("found", (1, 1, 4, 7), "f32")
SAYS = {"model_info/labels": "cat dog", "model_info/reverse_input_channels": "YES"}
NAMELESS = SAYS | {"model_info/labels": ""}
SETTLED = Graph((IMAGE,), (FOUND,), suppression={"background_label_id": 2, "num_classes": 3}, info=SAYS)
JOB = JobDocument(
    "openvino", "m", (), InputSpec("image", 16, 8, "i420", "RGB", "stretch"), OutputSpec("ssd", "found", 0, (), 0.5)
)
PETS = Entry(
    name="pets",
    embedded=True,
    task="",
    family="ssd",
    width=16,
    height=8,
    color="BGR",
    labels=("cat", "dog"),
    label_base=0,
    ap=None,
    ap_of="",
    gflops=None,
    licence="Apache-2.0",
    source="",
    files={},
)


def _doubts(graph: Graph, *, job: JobDocument | None = JOB, asked: Asked | None = None, **more: Any) -> list[str]:  # noqa: ANN401 - fields of a case
    metadata = metadata_of(graph)
    choices = choose(asked or Asked(), None, metadata)
    case = Case(graph=graph, family=recognise(graph), metadata=metadata, choices=choices, job=job, namesake=None)
    return list(doubts(replace(case, **more)))


def test_a_model_that_says_everything_raises_no_doubt() -> None:
    """Warnings that are always there are read by nobody."""
    assert _doubts(SETTLED) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inputs": (replace(IMAGE, shape=(-1, 3, 8, 16)),)}, "leaves its batch open"),
        ({"operations": {"FakeQuantize": 3}}, "quantized to INT8"),
        ({"weights": {"i8": 100}}, "quantized to INT8"),
        ({"outputs": (FOUND, Port("other", (4,), "f32"))}, "of its 2 outputs only 'found' is read"),
        ({"suppression": {}}, "begin at 0 or at 1"),
        (
            {"suppression": {"background_label_id": 3, "num_classes": 5}, "info": NAMELESS},
            "its 4 classes have no names",
        ),
        (
            {"suppression": {"background_label_id": 1, "num_classes": 2}, "info": NAMELESS},
            "its class has no name",
        ),
        ({"info": {"model_info/labels": "cat dog"}}, "whether it takes BGR or RGB"),
        ({"info": SAYS | {"model_info/resize_type": "fit_to_window_letterbox"}}, "kept their proportions"),
        ({"info": SAYS | {"model_info/resize_type": "crop"}}, "the middle of frames"),
        ({"info": SAYS | {"model_info/scale_values": "255"}}, "ask for pixels divided by 255"),
        ({"info": SAYS | {"model_info/mean_values": "123.7 116.3 103.5"}}, "ask for pixels reduced by 123.7"),
    ],
)
def test_each_doubt_has_its_sentence(change: dict[str, Any], said: str) -> None:
    """One, and no other with it."""
    found = _doubts(replace(SETTLED, **change))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    "change",
    [
        {"info": SAYS | {"model_info/scale_values": "1.0 1.0 1.0"}},
        {"info": SAYS | {"model_info/mean_values": "0"}},
        {"info": SAYS | {"model_info/scale_values": "none"}},
        {"info": SAYS | {"model_info/scale_values": "255"}, "steps": (Step("Multiply", (0.003922,)),)},
        {"info": SAYS | {"model_info/resize_type": "standard"}},
    ],
)
def test_what_is_in_order_is_not_doubted(change: dict[str, Any]) -> None:
    """A scaling by one, one that the graph does, a stretched frame."""
    assert _doubts(replace(SETTLED, **change)) == []


def test_labels_of_another_number_than_classes_are_told() -> None:
    """Whoever gave them."""
    assert _doubts(SETTLED, metadata=replace(metadata_of(SETTLED), classes=3)) == ["there are 2 labels for 3 classes"]


def test_what_the_user_settled_is_not_doubted() -> None:
    """Options are the answer that the warnings ask for."""
    graph = replace(SETTLED, suppression={}, info={})
    assert len(_doubts(graph)) == 3
    assert _doubts(graph, asked=Asked(labels=("cat",), label_base=0, color="BGR")) == []


def test_a_known_model_of_the_same_name_lends_its_labels() -> None:
    """As a suggestion: another release has the same name and other bytes."""
    graph = replace(SETTLED, info={"model_info/reverse_input_channels": "NO"})
    (found,) = _doubts(graph, namesake=PETS)
    assert found == "its 2 classes have no names: give --labels cat,dog if it is the pets of `vinofleet models list`"
    many = replace(PETS, labels=("cat",) * 80)
    assert _doubts(graph, namesake=many) == ["its 2 classes have no names: give --labels"]


def test_of_a_model_that_is_not_run_only_what_it_is_is_doubted() -> None:
    """Its labels and colours matter to nobody."""
    graph = Graph((replace(IMAGE, shape=(1, 3, 416, 416)),), (Port("y", (1, 3549, 85), "f32"),))
    (found,) = _doubts(graph, job=None)
    assert "as is usual in its family" in found
