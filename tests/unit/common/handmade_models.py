"""Models of other formats than OpenVINO's own, a few hundred bytes each, written by hand: no other library is needed.

Each takes `x` f32[1,8,14,3] and gives `y` f32[1,1,48,7], the same numbers by a Reshape: the form of DetectionOutput.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

INPUT = (1, 8, 14, 3)
OUTPUT = (1, 1, 48, 7)

RESHAPE = 22
"""TensorFlow Lite's number of the operation."""
CUSTOM = 32
"""The same of one that is not TensorFlow Lite's own, but has a name."""


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """Encode a protobuf message: numbers as varints, texts and messages with their length."""
    return b"".join(_field(number, value) for number, value in fields)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    more = value >> 7
    return bytes([value & 127 | 128]) + _varint(more) if more else bytes([value])


def onnx(properties: Mapping[str, str] | None = None) -> bytes:
    """An ONNX model with these metadata_props."""
    node = message((1, "x"), (1, "sides"), (2, "y"), (4, "Reshape"))
    sides = message((1, 4), (2, 7), *((7, side) for side in OUTPUT), (8, "sides"))
    graph = message((1, node), (2, "graph"), (5, sides), (11, _onnx_port("x", INPUT)), (12, _onnx_port("y", OUTPUT)))
    props = ((14, message((1, key), (2, value))) for key, value in (properties or {}).items())
    return message((1, 8), (7, graph), (8, message((1, ""), (2, 13))), *props)


def _onnx_port(name: str, shape: Sequence[int]) -> bytes:
    dimensions = message(*((1, message((1, side))) for side in shape))
    return message((1, name), (2, message((1, message((1, 1), (2, dimensions))))))


def frozen_graph() -> bytes:
    """A TensorFlow GraphDef."""
    floats, integers = message((6, 1)), message((6, 3))
    sides = message((1, 3), (2, _tensor_shape((4,))), *((7, side) for side in OUTPUT))
    nodes = (
        _node("x", "Placeholder", dtype=floats, shape=message((7, _tensor_shape(INPUT)))),
        _node("sides", "Const", dtype=integers, value=message((8, sides))),
        _node("y", "Reshape", "x", "sides", T=floats, Tshape=integers),
    )
    return message(*((1, node) for node in nodes))


def _node(name: str, operation: str, *inputs: str, **attributes: bytes) -> bytes:
    entries = ((5, _entry(key, value)) for key, value in attributes.items())
    return message((1, name), (2, operation), *((3, each) for each in inputs), *entries)


def saved_model() -> bytes:
    """The saved_model.pb of a TensorFlow SavedModel without variables."""
    x, y = (
        message((1, f"{name}:0"), (2, 1), (3, _tensor_shape(shape))) for name, shape in (("x", INPUT), ("y", OUTPUT))
    )
    signature = message((1, _entry("x", x)), (2, _entry("y", y)), (3, "predict"))
    graph = message((1, message((4, "serve"))), (2, frozen_graph()), (5, _entry("serving_default", signature)))
    return message((1, 1), (2, graph))


def _tensor_shape(shape: Sequence[int]) -> bytes:
    return message(*((2, message((1, side))) for side in shape))


def _entry(key: str, value: bytes) -> bytes:
    return message((1, key), (2, value))


@dataclass(frozen=True)
class Table:
    """A FlatBuffers table: a value for each field of its schema, None for its default."""

    fields: tuple[Value, ...]


Value = int | str | bytes | Sequence[int] | Sequence[Table] | Table | None


def tflite(operation: int = RESHAPE, custom: str | None = None) -> bytes:
    """A TensorFlow Lite model of one operation."""
    sides = struct.pack("<4i", *OUTPUT)
    tensors = [Table((INPUT, 0, 0, "x")), Table(((4,), 2, 1, "sides")), Table((OUTPUT, 0, 0, "y"))]
    graph = Table((tensors, (0,), (2,), [Table((0, (0, 1), (2,)))], "graph"))
    code = Table((operation, custom, 1, operation))
    return _flat(Table((3, [code], [graph], "handmade", [Table(()), Table((sides,))])))


def _flat(root: Table) -> bytes:
    """Lay a table out front to back: what an offset points to comes after it, as the format wants."""
    buffer = bytearray(struct.pack("<I4s", 0, b"TFL3"))
    struct.pack_into("<I", buffer, 0, _place(buffer, root))
    return bytes(buffer)


def _place(buffer: bytearray, value: Value) -> int:
    """Append a value and all that it points to; return where it is. Every scalar here has four bytes."""
    buffer.extend(bytes(-len(buffer) % 4))
    if isinstance(value, Table):
        return _place_table(buffer, value)
    at = len(buffer)
    if isinstance(value, str | bytes):
        data = value if isinstance(value, bytes) else value.encode()
        buffer.extend(struct.pack("<I", len(data)) + data + b"\0")
        return at
    assert isinstance(value, Sequence)
    buffer.extend(struct.pack("<I", len(value)))
    _fill(buffer, value)
    return at


def _place_table(buffer: bytearray, table: Table) -> int:
    offsets = [0 if value is None else 4 + 4 * number for number, value in enumerate(table.fields)]
    vtable = struct.pack(f"<{2 + len(offsets)}H", 4 + 2 * len(offsets), 4 + 4 * len(offsets), *offsets)
    start = len(buffer)
    buffer.extend(vtable + bytes(-len(vtable) % 4))
    at = len(buffer)
    buffer.extend(struct.pack("<i", at - start))
    _fill(buffer, table.fields)
    return at


def _fill(buffer: bytearray, values: Sequence[Value]) -> None:
    """Append one word a value: itself, or the distance to where it is put next."""
    at = len(buffer)
    buffer.extend(bytes(4 * len(values)))
    for place, value in zip(range(at, len(buffer), 4), values, strict=True):
        if value is None:
            continue
        word = value if isinstance(value, int) else _place(buffer, value) - place
        struct.pack_into("<I", buffer, place, word)


def write(path: Path, content: bytes) -> Path:
    """Put a model somewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
