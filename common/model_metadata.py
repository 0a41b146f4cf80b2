"""What a model says of itself beyond the shapes of its inputs and outputs: names of its classes, colour order, ...

Guarantees: nothing here is guessed. A field is None (labels: empty) unless the model's file says it, and `said_by`
tells where it does.

What this file does not know: files, OpenVINO, what a user asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from common import limits
from common.graph import Graph
from common.job import Color

_YES: Final = frozenset({"yes", "true", "1"})
_NO: Final = frozenset({"no", "false", "0"})
"""What OpenVINO's versions write for a truth value."""


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What a model says of itself.

    Attributes:
        labels: names by class, class 0 first (a background class is no class); empty if the model names none.
        label_base: the raw label that stands for class 0.
        classes: how many classes there are, without a background class.
        color: the channel order that the model's input is to have.
        resize: how a frame is to be made to fit, in the words of the model: `standard` (stretch), `fit_to_window`,
            `fit_to_window_letterbox`, `crop`, or whatever else its exporter wrote.
        family: the kind of model in the words of its exporter, such as `ssd` or `YOLOv8`.
        said_by: for each field that is set, what in the model says so, as a clause that a person reads.
    """

    labels: tuple[str, ...] = ()
    label_base: int | None = None
    classes: int | None = None
    color: Color | None = None
    resize: str | None = None
    family: str | None = None
    said_by: Mapping[str, str] = field(default_factory=dict)


def metadata_of(graph: Graph) -> ModelMetadata:
    """Read what a model says of itself: in sections that its exporter wrote, and in its graph."""
    found = ModelMetadata()
    for reader in (_color, _resize, _family, _labels, _suppression):
        found = reader(graph, found)
    return found


def _with(found: ModelMetadata, said_by: str, **fields: object) -> ModelMetadata:
    said = dict.fromkeys(fields, said_by)
    return replace(found, **fields, said_by={**found.said_by, **said})  # type: ignore[arg-type] # names of fields


def _color(graph: Graph, found: ModelMetadata) -> ModelMetadata:
    """Tell the channel order. The two sections use one name for opposite things.

    Model API reverses the channels of a BGR picture itself, unless the model has that embedded; what Model Optimizer
    reversed is in the graph already, and so takes the BGR that the model behind it did not.
    """
    info = graph.info
    reverse = info.get("model_info/reverse_input_channels", "").lower()
    embedded = info.get("model_info/embedded_processing", "").lower() in _YES
    if reverse in _YES | _NO:
        color = "RGB" if reverse in _YES and not embedded else "BGR"
        return _with(found, f"its model_info says reverse_input_channels {reverse}", color=color)
    if info.get("framework/author") == "Ultralytics":
        return _with(found, "Ultralytics exported it, whose models take RGB", color="RGB")
    reversed_in_graph = info.get("conversion_parameters/reverse_input_channels", "").lower() in _YES
    if reversed_in_graph and info.get("conversion_parameters/framework") != "caffe":
        return _with(found, "Model Optimizer put the reversal of BGR to RGB into the graph", color="BGR")
    return found


def _resize(graph: Graph, found: ModelMetadata) -> ModelMetadata:
    resize = _text(graph, "model_info/resize_type")
    return _with(found, "its model_info says resize_type", resize=resize) if resize else found


def _family(graph: Graph, found: ModelMetadata) -> ModelMetadata:
    for key in ("model_info/model_type", "framework/description"):
        if family := _text(graph, key):
            return _with(found, f"it is written in the model as {key}", family=family)
    return found


def _text(graph: Graph, key: str) -> str:
    text = graph.info.get(key, "")
    return text if text.isprintable() and len(text) <= limits.TEXT_MAX_CHARS else ""


def _labels(graph: Graph, found: ModelMetadata) -> ModelMetadata:
    for key, read in (("model_info/labels", _spaced), ("framework/names", _literal)):
        labels = read(graph.info.get(key, ""))
        if labels and len(labels) <= limits.LABELS_MAX and all(label.isprintable() for label in labels):
            return _with(found, f"the model lists them as {key}", labels=labels, classes=len(labels))
    return found


def _spaced(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _literal(text: str) -> tuple[str, ...]:
    """Read `{0: 'person', 1: 'bicycle'}`; what is written otherwise names nothing."""
    try:
        names = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    if not isinstance(names, dict) or sorted(map(str, names)) != sorted(map(str, range(len(names)))):
        return ()
    return tuple(str(names[number]) for number in sorted(names, key=int))


def _suppression(graph: Graph, found: ModelMetadata) -> ModelMetadata:
    """Tell the label base by the class that DetectionOutput takes for background and never reports.

    Where that is class 0, the others keep their numbers and begin at 1, unless the operation counts them down again.
    """
    told = graph.suppression
    if "background_label_id" not in told:
        return found
    background, total = told["background_label_id"], _total(told)
    counted_down = bool(told.get("decrease_label_id"))
    base = 1 if background == 0 and not counted_down else 0
    why = f"DetectionOutput takes class {background}{f' of {total}' if total else ''} for the background"
    listed = base == 1 and total is not None and len(found.labels) == total
    found = _with(found, f"{why}, and the labels name it" if listed else why, label_base=0 if listed else base)
    if total and not found.labels:
        found = _with(found, why, classes=total - (0 <= background < total))
    return found


def _total(told: Mapping[str, int]) -> int | None:
    """Count the classes, the background with them: told by the older operation, else scores a box."""
    if "num_classes" in told:
        return told["num_classes"]
    boxes, scores = told.get("boxes", -1) // 4, told.get("scores", -1)
    shared = told.get("share_location", 1) == 1
    return scores // boxes if shared and boxes > 0 and scores > 0 and scores % boxes == 0 else None
