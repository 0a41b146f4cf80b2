"""What the child tells of a graph, seen from inside: on models made of a few operations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from common.graph import parse_graph
from common.inspect_child import describe
from tests.unit.common.tiny_detector import detections


def _constant(*values: float, dtype: Any = np.float32) -> ov.Node:  # noqa: ANN401 - numpy's types
    return ops.constant(np.array(values, dtype))


def _image(*shape: int) -> ov.Node:
    image = ops.parameter(ov.PartialShape(list(shape or (1, 3, 8, 16))), np.float32, "image")
    image.output(0).set_names({"image"})
    return image


def _described(folder: Path, image: ov.Node, *results: ov.Node) -> dict[str, Any]:
    path = folder / "m.xml"
    ov.save_model(ov.Model(list(results), [image], "m"), path, compress_to_fp16=False)
    return describe(str(path))


def test_what_is_told_is_a_graph(tmp_path: Path) -> None:
    """In types that JSON has; an open dimension is -1."""
    image = _image(-1, 3, 8, 16)
    found = parse_graph(_described(tmp_path, image, ops.relu(image)))
    assert found.inputs[0].shape == (-1, 3, 8, 16)
    assert found.operations == {"Parameter": 1, "Relu": 1, "Result": 1}


def test_the_steps_end_where_something_is_computed(tmp_path: Path) -> None:
    """Each with its constant, if that is short."""
    image = _image()
    scaled = ops.multiply(ops.subtract(image, ops.constant(np.full((1, 3, 1, 1), 2, np.float32))), _constant(0.5))
    long = ops.add(scaled, ops.constant(np.zeros((1, 1, 1, 16), np.float32)))
    told = _described(tmp_path, image, ops.multiply(ops.relu(long), _constant(3)))
    assert told["steps"] == [["Subtract", [2, 2, 2]], ["Multiply", [0.5]], ["Add", []]]


def test_a_half_precision_constant_is_read_through_its_conversion(tmp_path: Path) -> None:
    """Models stored as FP16 have one behind each constant."""
    image = _image()
    half = ops.convert(_constant(0.25, dtype=np.float16), "f32")
    told = _described(tmp_path, image, ops.relu(ops.multiply(image, half)))
    assert told["steps"] == [["Multiply", [0.25]]]
    assert told["weights"] == {"f16": 2}


def test_a_constant_that_is_no_number_is_not_told(tmp_path: Path) -> None:
    """JSON has none of those."""
    image = _image()
    told = _described(tmp_path, image, ops.relu(ops.add(image, _constant(float("inf")))))
    assert told["steps"] == [["Add", []]]


def test_an_input_that_goes_two_ways_has_no_steps(tmp_path: Path) -> None:
    """What is done to it on one of them says nothing of the other."""
    image = _image()
    told = _described(tmp_path, image, ops.multiply(image, _constant(0.5)), ops.add(image, _constant(0.5)))
    assert told["steps"] == []


def test_one_suppression_tells_of_its_classes_and_two_of_none(tmp_path: Path) -> None:
    """Of two nobody knows which is meant."""
    image = _image()
    told = _described(tmp_path, image, detections(image))["suppression"]
    assert told.items() >= {"background_label_id": 0, "decrease_label_id": 0, "boxes": 8, "scores": 6}.items()
    assert _described(tmp_path, image, detections(image), detections(image))["suppression"] == {}


def test_what_exporters_left_is_told_by_section(tmp_path: Path) -> None:
    """Of sections that are known, and no text without bounds."""
    image = _image()
    model = ov.Model([ops.relu(image)], [image], "m")
    model.set_rt_info("cat dog", ["model_info", "labels"])
    model.set_rt_info("x" * 100_001, ["model_info", "notes"])
    model.set_rt_info("y", ["somebody", "else"])
    ov.save_model(model, tmp_path / "m.xml")
    assert describe(str(tmp_path / "m.xml"))["info"] == {"model_info/labels": "cat dog"}
