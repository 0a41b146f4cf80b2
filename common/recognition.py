"""What kind of model this is, by the form of its outputs, and why one thinks so: for people.

Guarantees: every model gets an answer, and the reason is what can be seen in its outline. Whether vinofleet runs it is
not decided here but in `common.families`, by the rule that producers and workers follow.

What this file does not know: files, OpenVINO, how an output is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from common.errors import ModelError
from common.families import DYNAMIC, Port, detections, image_input
from common.graph import Graph

_STRIDES: Final = ((8, 16, 32), (8, 16, 32, 64))
"""Grids of the YOLO family: pixels of the input to one cell."""
_ANCHORS: Final = 3
"""Boxes a cell in YOLOv3 to v5 and v7."""
_QUERIES_MAX: Final = 1000
"""DETR and its like propose 100 to 900 boxes; an SSD's priors are thousands."""
_MASK_SCALES: Final = (1, 2, 4, 8)
"""Pixels of the input to one of a segmentation's output."""
_LIST: Final = 2
_ROWS: Final = 3
_PLANES: Final = 4
"""Ranks of [1, N], [1, N, columns] and [1, planes, H, W]."""
_BOX: Final = 4
"""Numbers of a box."""
_SURE_BOX: Final = 5
"""Numbers of a box, and whether there is anything in it."""
_LISTS_MIN: Final = 2
"""Classes and scores."""
_INTEGERS: Final = frozenset({"i32", "i64"})


@dataclass(frozen=True, slots=True)
class Family:
    """What a model was recognised as.

    Attributes:
        name: short, for programs, such as `yolox`.
        title: for people.
        because: what was seen.
        classes: how many, where the form of the output tells; None otherwise.
        letterboxed: whether such models are usually trained on frames that keep their proportions.
        finds_boxes: whether it is a detector at all.
    """

    name: str
    title: str
    because: str
    classes: int | None = None
    letterboxed: bool = False
    finds_boxes: bool = True


_Size = tuple[int, int] | None
"""Width and height of the one image that a model takes; None where it takes another input or leaves them open."""


def recognise(graph: Graph) -> Family:
    """Say what kind of model this is; the first rule that fits decides, and `unknown` fits all."""
    size = _image_size(graph.inputs)
    return next((family for rule in _RULES if (family := rule(graph, size)) is not None), _unknown(graph))


def _image_size(inputs: Sequence[Port]) -> _Size:
    try:
        image = image_input(inputs)
    except ModelError:
        return None
    return image.width, image.height


def _ssd(graph: Graph, _size: _Size) -> Family | None:
    try:
        found = detections(graph.outputs)
    except ModelError:
        return None
    rows = next(port.shape[2] for port in graph.outputs if port.name == found.output)
    most = "" if rows == DYNAMIC else f"; at most {rows} are left"
    if "DetectionOutput" in graph.operations:
        return Family("ssd", "SSD", f"it ends in DetectionOutput, which suppresses boxes that overlap{most}")
    return Family("ssd", "SSD", f"its output has DetectionOutput's form, though that operation is not in it{most}")


def _boxes_and_labels(graph: Graph, _size: _Size) -> Family | None:
    boxes = _ending(graph, _SURE_BOX, ranks={_LIST, _ROWS})
    labels = [port for port in graph.outputs if "label" in port.name and port.element_type in _INTEGERS]
    if not boxes or not labels:
        return None
    seen = f"'{boxes[0].name}' has x1, y1, x2, y2 and a score, '{labels[0].name}' the class"
    return Family("boxes-labels", "boxes and labels, as OpenVINO Training Extensions exports", seen)


def _separate(graph: Graph, _size: _Size) -> Family | None:
    """Boxes, classes and scores apart: TensorFlow's object detection, with or without TFLite's last operation."""
    boxes = [port for port in _ending(graph, _BOX, ranks={_ROWS}) if port.shape[1] <= _QUERIES_MAX]
    lists = [port for port in graph.outputs if len(port.shape) == _LIST]
    if not boxes or len(lists) < _LISTS_MIN:
        return None
    counted = any(len(port.shape) <= 1 for port in graph.outputs)
    title = "TensorFlow detection" if counted else "boxes, classes and scores"
    seen = f"boxes [1,N,4], classes and scores [1,N] are outputs of their own{', with their number' if counted else ''}"
    return Family("tf-detection" if counted else "boxes-classes-scores", title, seen)


def _queries(graph: Graph, _size: _Size) -> Family | None:
    """Boxes and a score for each class: DETR's few queries, or the thousands of priors of an SSD cut short."""
    match [port.shape for port in graph.outputs]:
        case [(_, count, 4), (_, again, classes)] | [(_, again, classes), (_, count, 4)] if count == again:
            seen = f"{count} boxes, and scores by class for each ({classes})"
            return Family("detr", "DETR or its like", seen) if 0 < count <= _QUERIES_MAX else _raw(seen)
        case [(_, count, wide), (_, again, classes)] if count == again and wide > _BOX:
            more = f"{wide - _BOX} more numbers (landmarks?)"
            return _raw(f"{count} boxes with {more}, and scores by class for each ({classes})")
        case _:
            return None


def _raw(seen: str) -> Family:
    return Family("ssd-raw", "SSD without its last step", f"{seen}, neither sorted nor suppressed")


def _grid(graph: Graph, size: _Size) -> Family | None:
    """Return what has one row, or one column, for each cell of some grids over the input."""
    port = graph.outputs[0] if len(graph.outputs) == 1 else None
    if port is None or size is None or len(port.shape) != _ROWS:
        return None
    _, first, last = port.shape
    for strides in _STRIDES:
        cells = sum(_cells(size, stride) for stride in strides)
        for name, title, rows, columns, fixed, boxes in (
            ("yolox", "YOLOX", first, last, _SURE_BOX, 1),
            ("yolov5", "YOLOv5 or v7", first, last, _SURE_BOX, _ANCHORS),
            ("yolov8", "YOLOv8 to v12", last, first, _BOX, 1),
        ):
            if rows == boxes * cells and columns > fixed:
                grids = f"{boxes} a cell of grids over {', '.join(map(str, strides))} pixels"
                seen = f"{rows} boxes, {grids}, each of {fixed} + {columns - fixed} numbers"
                return _yolo(name, title, seen, columns - fixed)
    return None


def _yolo(name: str, title: str, seen: str, classes: int) -> Family:
    return Family(name, f"{title}, boxes not suppressed", seen, classes, letterboxed=True)


def _end_to_end(graph: Graph, _size: _Size) -> Family | None:
    rows = [port for port in _ending(graph, _SURE_BOX + 1, ranks={_ROWS}) if 0 < port.shape[1] <= _QUERIES_MAX]
    if len(graph.outputs) != 1 or not rows:
        return None
    seen = f"{rows[0].shape[1]} rows of x1, y1, x2, y2, score, class"
    return Family("yolov10", "YOLOv10 or another without suppression", seen, letterboxed=True)


def _ultralytics(graph: Graph, _size: _Size) -> Family | None:
    """Believe the exporter of a model whose grids cannot be counted, as it leaves its sizes open."""
    told = graph.info.get("framework/author"), graph.info.get("framework/task")
    match [port.shape for port in graph.outputs]:
        case [(_, numbers, _)] if told == ("Ultralytics", "detect") and numbers > _BOX:
            seen = f"Ultralytics exported it for detection, with {_BOX} + {numbers - _BOX} numbers a box"
            return _yolo("yolov8", "YOLOv8 to v12", seen, numbers - _BOX)
        case _:
            return None


def _heads(graph: Graph, size: _Size) -> Family | None:
    """Return what has a grid an output, with the numbers of three boxes as planes."""
    if size is None or len(graph.outputs) in {0, 1}:
        return None
    width, height = size
    sides = {(height // stride, width // stride) for stride in _STRIDES[-1]}
    shapes = [port.shape for port in graph.outputs]
    if not all(len(shape) == _PLANES and shape[2:] in sides and shape[1] % _ANCHORS == 0 for shape in shapes):
        return None
    classes = shapes[0][1] // _ANCHORS - _SURE_BOX
    seen = f"{len(shapes)} grids, with {_ANCHORS} boxes of {_SURE_BOX} + {classes} numbers a cell"
    return _yolo("yolo-heads", "YOLOv3 or v4", seen, classes) if classes > 0 else None


def _classification(graph: Graph, _size: _Size) -> Family | None:
    shape = graph.outputs[0].shape if len(graph.outputs) == 1 else ()
    while len(shape) > _LIST and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != _LIST or shape[1] in {0, 1}:
        return None
    seen = f"one score for each of {shape[1]} classes, of the whole picture"
    return Family("classification", "classification", seen, shape[1], finds_boxes=False)


def _segmentation(graph: Graph, size: _Size) -> Family | None:
    shape = graph.outputs[0].shape if len(graph.outputs) == 1 else ()
    if size is None or len(shape) not in {_ROWS, _PLANES}:
        return None
    masks = {(size[1] // scale, size[0] // scale) for scale in _MASK_SCALES}
    if not {shape[-2:], shape[-3:-1]} & masks:
        return None
    return Family("segmentation", "segmentation", "its output is a picture of classes", finds_boxes=False)


def _unknown(graph: Graph) -> Family:
    seen = ", ".join(map(str, graph.outputs)) or "none"
    return Family("unknown", "not recognised", f"outputs of no known form: {seen}")


def _ending(graph: Graph, columns: int, ranks: set[int]) -> list[Port]:
    """Return the outputs of floating point that have so many columns."""
    fits = [port for port in graph.outputs if len(port.shape) in ranks and port.shape[-1] == columns]
    return [port for port in fits if port.element_type not in _INTEGERS]


def _cells(size: tuple[int, int], stride: int) -> int:
    width, height = size
    return -(-width // stride) * -(-height // stride)


_RULES: Final[tuple[Callable[[Graph, _Size], Family | None], ...]] = (
    _ssd,
    _boxes_and_labels,
    _separate,
    _queries,
    _grid,
    _end_to_end,
    _ultralytics,
    _heads,
    _classification,
    _segmentation,
)
"""From the most particular form to the most general."""
