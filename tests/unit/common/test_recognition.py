"""What a model is recognised as, by the form of its outputs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.families import Port
from common.graph import Graph
from common.recognition import Family, recognise

IMAGE = Port("image", (1, 3, 416, 416), "f32")
FORMS: list[tuple[str, list[tuple[int, ...]]]] = [
    ("ssd", [(1, 1, 200, 7)]),
    ("ssd", [(1, 1, -1, 7), (1, 4)]),
    ("tf-detection", [(1, 10, 4), (1, 10), (1, 10), (1,)]),
    ("tf-detection", [(-1, -1, 4), (-1, -1), (-1, -1), (-1,)]),
    ("boxes-classes-scores", [(1, 300), (1, 300, 4), (1, 300)]),
    ("detr", [(1, 100, 92), (1, 100, 4)]),
    ("ssd-raw", [(1, 8732, 4), (1, 8732, 21)]),
    ("ssd-raw", [(1, 8732, 21), (1, 8732, 4)]),
    ("ssd-raw", [(1, 896, 16), (1, 896, 1)]),
    ("unknown", [(1, 896, 16), (1, 895, 1)]),
    ("yolox", [(1, 3549, 85)]),
    ("yolov5", [(1, 3 * 3549, 85)]),
    ("yolov8", [(1, 84, 3549)]),
    ("yolov8", [(1, 5, 3549)]),
    ("yolov10", [(1, 300, 6)]),
    ("yolo-heads", [(1, 255, 52, 52), (1, 255, 26, 26), (1, 255, 13, 13)]),
    ("classification", [(1, 1000)]),
    ("classification", [(-1, 1000, 1, 1)]),
    ("segmentation", [(1, 21, 416, 416)]),
    ("segmentation", [(1, 104, 104, 19)]),
    ("segmentation", [(1, 416, 416)]),
    ("unknown", [(1, 7, 7, 7)]),
    ("unknown", [(1, 1)]),
    ("unknown", [()]),
    ("unknown", []),
]


def _graph(*shapes: tuple[int, ...], image: Port = IMAGE, operations: tuple[str, ...] = ()) -> Graph:
    outputs = tuple(Port(f"out{number}", shape, "f32") for number, shape in enumerate(shapes))
    return Graph((image,), outputs, operations=dict.fromkeys(operations, 1))


def _family(*shapes: tuple[int, ...], image: Port = IMAGE) -> Family:
    return recognise(_graph(*shapes, image=image))


@pytest.mark.parametrize(("name", "shapes"), FORMS)
def test_a_form_has_a_family(name: str, shapes: list[tuple[int, ...]]) -> None:
    """Whatever the outputs are called."""
    assert _family(*shapes).name == name


@pytest.mark.parametrize(
    ("width", "height", "cells"), [(640, 640, 8400), (320, 256, 1680), (416, 416, 3549), (30, 30, 16 + 4 + 1)]
)
def test_the_cells_of_a_grid_follow_from_the_input(width: int, height: int, cells: int) -> None:
    """The same output with another input is not of that family: two rows more are told apart."""
    image = Port("image", (1, 3, height, width), "f32")
    assert _family((1, cells, 85), image=image).name == "yolox"
    assert _family((1, cells + 2, 85), image=image).name == "unknown"


def test_a_fourth_grid_is_known() -> None:
    """Models for large pictures have one over 64 pixels as well."""
    image = Port("image", (1, 3, 1280, 1280), "f32")
    assert _family((1, 3 * 34000, 85), image=image).name == "yolov5"


def test_a_grid_over_an_input_of_open_size_is_not_told() -> None:
    """Without the input's size there is nothing to count cells by."""
    assert _family((1, 3549, 85), image=Port("image", (1, 3, -1, -1), "f32")).name == "unknown"


def test_an_exporter_is_believed_where_nothing_can_be_counted() -> None:
    """Of a detector, as Ultralytics writes it; its other models have other numbers."""
    graph = _graph((-1, 22, -1), image=Port("images", (-1, 3, -1, -1), "f32"))
    info = {"framework/author": "Ultralytics", "framework/task": "detect"}
    family = recognise(replace(graph, info=info))
    assert (family.name, family.classes) == ("yolov8", 18)
    assert recognise(replace(graph, info=info | {"framework/task": "pose"})).name == "unknown"
    assert recognise(graph).name == "unknown"


@pytest.mark.parametrize(
    ("shape", "classes"), [((1, 3549, 85), 80), ((1, 3549, 6), 1), ((1, 84, 3549), 80), ((1, 1000), 1000)]
)
def test_classes_are_counted_where_the_form_tells(shape: tuple[int, ...], classes: int) -> None:
    """A box takes four numbers, in older grids another for whether there is anything."""
    assert _family(shape).classes == classes


def test_boxes_with_labels_beside_them_are_told_by_name_and_type() -> None:
    """Training Extensions calls them `boxes` and `labels`; labels are integers."""
    boxes, labels = Port("boxes", (-1, 5), "f32"), Port("labels", (-1,), "i64")
    assert recognise(Graph((IMAGE,), (boxes, labels))).name == "boxes-labels"
    assert recognise(Graph((IMAGE,), (boxes, Port("labels", (-1,), "f32")))).name == "unknown"


def test_the_reason_says_what_was_seen() -> None:
    """A person can check it against the file."""
    graph = _graph((1, 1, 200, 7), operations=("DetectionOutput",))
    assert "ends in DetectionOutput" in recognise(graph).because
    assert "at most 200 are left" in recognise(graph).because
    assert "is not in it" in _family((1, 1, 200, 7)).because
    assert (
        _family((1, 3549, 85)).because == "3549 boxes, 1 a cell of grids over 8, 16, 32 pixels, each of 5 + 80 numbers"
    )
    assert _family((1, 7, 7, 7)).because == "outputs of no known form: 'out0' f32[1,7,7,7]"


def test_what_finds_no_boxes_is_no_detector() -> None:
    """No other export of such a model helps."""
    assert not _family((1, 1000)).finds_boxes
    assert not _family((1, 21, 416, 416)).finds_boxes
    assert _family((1, 3549, 85)).finds_boxes


@given(st.lists(st.lists(st.integers(-1, 90) | st.sampled_from([300, 3549]), max_size=5), max_size=4))
def test_every_model_gets_an_answer(shapes: list[list[int]]) -> None:
    """With a name, a title and a reason, whatever its outputs."""
    family = _family(*map(tuple, shapes))
    assert family.name
    assert family.title
    assert family.because


def test_the_yolo_family_is_trained_on_letterboxed_frames() -> None:
    """So a stretched frame is a doubt to tell."""
    assert _family((1, 3549, 85)).letterboxed
    assert not _family((1, 1, 200, 7)).letterboxed
