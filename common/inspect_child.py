"""Read one model with OpenVINO and print what it is as JSON: a script for `common.inspection`'s child.

It runs by path and imports nothing of vinofleet, so it works from a checkout as from an installation, and what OpenVINO
does to a process (threads, memory, a crash on a hostile file) stays out of the one that asks.

Output: the last line of stdout, the fields of a `common.graph.Graph`, or `{"error": OpenVINO's own text}`.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from typing import Any

_SECTIONS = ("model_info", "framework", "conversion_parameters")
"""What exporters leave in a model: OpenVINO Model API's and Ultralytics' section, an ONNX file's metadata_props (where
Model API's keys begin with `model_info `), the command line of Model Optimizer."""

_STEPS = {"Convert", "Transpose", "Multiply", "Divide", "Subtract", "Add", "Interpolate", "FakeQuantize"}
"""What may stand between the input and the first operation that computes anything."""
_STEPS_MAX = 8
_VALUES_MAX = 4
"""Constants of a step that are told: one for all planes, or one a plane."""

_NUMBERS = {"f16", "f32", "f64", "i8", "i32", "i64", "u8"}
"""Types of constants that Python's numbers hold as they are."""

_INFO_MAX_CHARS = 100_000
"""Longer texts (Model Optimizer kept whole configurations) are left out; ten thousand labels are not."""

_SUPPRESSION = ("background_label_id", "decrease_label_id", "num_classes", "share_location")


def describe(path: str) -> dict[str, Any]:
    """Return what the module's docstring calls the output."""
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type] # see worker.lean_openvino
    import openvino as ov  # noqa: PLC0415 - tests load this file without paying for openvino

    try:
        model = ov.Core().read_model(path)
    except RuntimeError as error:
        return {"error": str(error)}
    nodes = model.get_ops()
    sides = {"inputs": model.inputs, "outputs": model.outputs}
    return {
        **{side: [port_fields(node) for node in ports] for side, ports in sides.items()},
        "operations": Counter(node.get_type_name() for node in nodes),
        "weights": _weights(nodes),
        "steps": _steps(model),
        "suppression": _suppression(nodes),
        "info": _info(model),
    }


def port_fields(node: Any) -> dict[str, Any]:  # noqa: ANN401 - OpenVINO ships no types
    """Return the fields of a `common.families.Port`; an open dimension is -1, an open rank is no dimensions."""
    name = node.any_name if node.names else node.node.friendly_name
    return {"name": name, "shape": _sides(node.partial_shape), "element_type": node.element_type.to_string()}


def _sides(shape: Any) -> list[int]:  # noqa: ANN401 - as above, and so below
    return [] if shape.rank.is_dynamic else [-1 if side.is_dynamic else side.get_length() for side in shape]


def _weights(nodes: list[Any]) -> dict[str, int]:
    """Count the bytes of the constants by their type."""
    counts: Counter[str] = Counter()
    for node in nodes:
        if node.get_type_name() == "Constant":
            counts[node.get_element_type().to_string()] += node.get_byte_size()
    return dict(counts)


def _steps(model: Any) -> list[list[Any]]:  # noqa: ANN401
    """Follow the first input through operations by constants: each one's type and, where it is short, the constant."""
    parameters = model.get_parameters()
    steps: list[list[Any]] = []
    output = parameters[0].output(0) if parameters else None
    while output is not None and len(steps) < _STEPS_MAX:
        targets = output.get_target_inputs()
        node = next(iter(targets)).get_node() if len(targets) == 1 else None
        if node is None or node.get_type_name() not in _STEPS:
            break
        steps.append([node.get_type_name(), _constant(node)])
        output = node.output(0)
    return steps


def _constant(node: Any) -> list[float]:  # noqa: ANN401
    sources = [value.get_node() for value in node.input_values()[1:2]]
    sources = [each.input_value(0).get_node() if each.get_type_name() == "Convert" else each for each in sources]
    short = [each for each in sources if each.get_type_name() == "Constant" and _is_short(each)]
    values = [float(value) for each in short for value in each.get_vector()]
    return values if all(map(math.isfinite, values)) else []  # JSON has no word for the others


def _is_short(constant: Any) -> bool:  # noqa: ANN401
    known = constant.get_element_type().to_string() in _NUMBERS
    return known and math.prod(_sides(constant.output(0).get_partial_shape())) <= _VALUES_MAX


def _suppression(nodes: list[Any]) -> dict[str, Any]:
    """Return what the one DetectionOutput says of labels, with the widths of its boxes and its scores, or nothing."""
    found = [node for node in nodes if node.get_type_name() == "DetectionOutput"]
    if len(found) != 1:
        return {}
    attributes = found[0].get_attributes()
    told = {name: int(attributes[name]) for name in _SUPPRESSION if name in attributes}
    widths = [_sides(found[0].input(number).get_partial_shape())[-1:] for number in (0, 1)]
    return told | {name: width[0] for name, width in zip(("boxes", "scores"), widths, strict=True) if width}


def _info(model: Any) -> dict[str, str]:  # noqa: ANN401
    """Return what exporters left in the model, as `section/name`."""
    sections = model.get_rt_info() or {}  # no dict: it has no items()
    present = [name for name in sections if name in _SECTIONS]
    told = {f"{name}/{key}": value for name in present for key, value in _leaves(sections[name])}
    return {key.replace("framework/model_info ", "model_info/"): value for key, value in told.items()}


def _leaves(section: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    if not isinstance(section, dict):
        return []
    texts = [(str(key), str(value.value)) for key, value in section.items() if not isinstance(value, dict)]
    return [(key, text) for key, text in texts if len(text) <= _INFO_MAX_CHARS]


if __name__ == "__main__":
    print(json.dumps(describe(sys.argv[1])))  # noqa: T201 - the parent reads it
