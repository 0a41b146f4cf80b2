"""A model's graph in outline, as OpenVINO reads it: what `common.inspect_child` tells, as values.

Guarantees: `parse_graph` admits what the child prints and what the cache keeps, and nothing of another form.

What this file does not know: OpenVINO, files, what the outline means; `common.families`, `common.model_metadata` and
`common.recognition` read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from common.families import Port

_SCALING: Final = frozenset({"Multiply", "Divide", "Subtract", "Add"})


@dataclass(frozen=True, slots=True)
class Step:
    """One operation between the input and the first that computes anything.

    Attributes:
        operation: OpenVINO's name of its type, such as `Multiply`.
        values: its constant, where that has at most four numbers (for all planes, or one a plane).
    """

    operation: str
    values: tuple[float, ...]

    @property
    def scales(self) -> bool:
        """Whether it changes the pixels' values, and not only their type or order."""
        return self.operation in _SCALING


@dataclass(frozen=True, slots=True)
class Graph:
    """What a model consists of.

    Attributes:
        inputs, outputs: as its file declares them.
        operations: how many there are, by OpenVINO's name of their type.
        weights: bytes of constants by their type.
        steps: what is done to the first input, in order.
        suppression: of the one DetectionOutput: its attributes on labels, and the widths of its `boxes` and `scores`;
            empty if there is none, or several.
        info: what exporters left in it, as `section/name`.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    operations: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    suppression: Mapping[str, int] = field(default_factory=dict)
    info: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return what `parse_graph` reads, of types that JSON has."""
        return {
            **asdict(self),
            "steps": [[step.operation, list(step.values)] for step in self.steps],
        }


def parse_graph(found: Any) -> Graph:  # noqa: ANN401 - JSON of whatever kind
    """Read what `common.inspect_child` printed.

    Raises:
        KeyError, TypeError, ValueError: it is of another form.
    """
    return Graph(
        inputs=tuple(_port(port) for port in found["inputs"]),
        outputs=tuple(_port(port) for port in found["outputs"]),
        operations=_counts(found["operations"]),
        weights=_counts(found["weights"]),
        steps=tuple(Step(str(name), tuple(float(value) for value in values)) for name, values in found["steps"]),
        suppression=_counts(found["suppression"]),
        info={str(key): str(value) for key, value in found["info"].items()},
    )


def _port(fields: dict[str, Any]) -> Port:
    shape = fields["shape"]
    if not (isinstance(shape, list | tuple) and all(type(side) is int for side in shape)):
        raise TypeError("shape")
    return Port(str(fields["name"]), tuple(shape), str(fields["element_type"]))


def _counts(fields: Any) -> dict[str, int]:  # noqa: ANN401 - as above
    counts = {str(key): value for key, value in dict(fields).items()}
    if not all(type(value) is int for value in counts.values()):
        raise TypeError("counts")
    return counts
