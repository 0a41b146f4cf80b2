"""What `vinofleet models inspect` says of a model, as a value and as a JSON document.

Guarantees: it says what vinofleet would do, since the job in it is the one that a producer would build; where it would
not run the model, every reason is given at once. The document is of the form that `vinofleet schema inspect` prints.

What this file does not know: files, OpenVINO, terminals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from common.errors import ModelError
from common.families import DYNAMIC, ImageInput, Port, image_input
from common.graph import Graph
from common.job import JobDocument, ModelFile
from common.model_choices import Choices
from common.model_metadata import ModelMetadata
from common.recognition import Family

SCHEMA: Final = "vinofleet-inspect/1"

_PRECISIONS: Final[Mapping[str, str]] = {
    "f64": "FP64",
    "f32": "FP32",
    "f16": "FP16",
    "bf16": "BF16",
    "i8": "INT8",
    "u8": "INT8",
    "i4": "INT4",
    "u4": "INT4",
    "nf4": "NF4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What there is to say.

    Attributes:
        name: of the graph's file, or of the folder.
        format: for people.
        files: the model's files by content; empty for a folder.
        known_as: NAME/PRECISION of the list of known models; None if it is none of them.
        graph: the model's outline.
        family: what it was recognised as.
        metadata: what it says of itself.
        choices: labels, label base and colour that would be used, with whose word they are.
        job: what a producer would ask of workers; None if it would refuse the model.
        refusals: why it would, all of it.
        warnings: what is doubtful, a sentence each.
    """

    name: str
    format: str
    files: tuple[ModelFile, ...]
    known_as: str | None
    graph: Graph
    family: Family
    metadata: ModelMetadata
    choices: Choices
    job: JobDocument | None
    refusals: tuple[ModelError, ...]
    warnings: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the files."""
        return sum(file.size for file in self.files)

    def document(self) -> dict[str, Any]:
        """Return the same in types that JSON has; an open dimension is None."""
        image = image_of(self.graph)
        return {
            "schema": SCHEMA,
            "model": self.name,
            "format": self.format,
            "files": [asdict(file) for file in self.files],
            "known_as": self.known_as,
            "weights": weights_of(self.graph),
            "operations": sum(self.graph.operations.values()),
            "inputs": [_port(port) for port in self.graph.inputs],
            "outputs": [_port(port) for port in self.graph.outputs],
            "image": image and asdict(image),
            "steps": [{"operation": step.operation, "values": list(step.values)} for step in self.graph.steps],
            "family": asdict(self.family),
            "says": {name: _plain(value) for name, value in asdict(self.metadata).items()},
            "uses": {name: _plain(value) for name, value in asdict(self.choices).items()},
            "job": self.job and json.loads(self.job.canonical),
            "refusals": [{"what": error.what, "remedy": error.remedy} for error in self.refusals],
            "warnings": list(self.warnings),
        }


def image_of(graph: Graph) -> ImageInput | None:
    """Return the one image that the model takes, or None if it takes something else."""
    try:
        return image_input(graph.inputs)
    except ModelError:
        return None


def weights_of(graph: Graph) -> str | None:
    """Name the type that most of the weights have, such as `FP16`; None where there are none."""
    known = {name: count for name, count in graph.weights.items() if name in _PRECISIONS}
    return _PRECISIONS[max(known, key=lambda name: known[name])] if known else None


def _port(port: Port) -> dict[str, Any]:
    shape = [None if side == DYNAMIC else side for side in port.shape]
    return {"name": port.name, "shape": shape, "element_type": port.element_type}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field of a dataclass
    return list(value) if isinstance(value, tuple) else value
