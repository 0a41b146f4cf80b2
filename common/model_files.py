"""The files that make up a model: which they are, by what format, what is in them by content.

Guarantees: the graph comes first; what a job cannot carry (a folder, a file too large, a name that cannot travel) is
refused with what to do. Nothing is read but to take its digest and to find the name of an ONNX model's data.

What this file does not know: OpenVINO, what is in a model.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from common import limits
from common.errors import ModelError
from common.job import ModelFile

FORMATS: Final = {
    ".xml": "OpenVINO IR",
    ".onnx": "ONNX",
    ".tflite": "TensorFlow Lite",
    ".pb": "TensorFlow frozen graph",
}
"""What a job can carry, by the ending of the graph's file."""

SAVED_MODEL: Final = "saved_model.pb"
"""The graph of a TensorFlow SavedModel; its weights are in files of a folder beside it."""

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]")

_EXTERNAL_SUFFIXES: Final = (".data", "_data")
"""What the PyTorch and ONNX exporters append to `model.onnx` for the file of its weights."""


def model_paths(path: Path) -> tuple[Path, ...]:
    """Return the files that make up a model, the graph first.

    Raises:
        ModelError: one of them is missing, or the format is none that a job can carry.
    """
    if is_saved_model(path):
        raise ModelError(f"{path} is a TensorFlow SavedModel, which has files in folders", "convert it with ovc")
    if path.is_dir():
        raise ModelError(f"{path} is a folder", "name the model's file in it")
    if path.suffix not in FORMATS:
        known = ", ".join(f"{name} ({suffix})" for suffix, name in FORMATS.items())
        raise ModelError(f"{path} is of no format that a job can carry ({known})", _other_file(path))
    if not path.is_file():
        what = "is no regular file" if path.exists() else "does not exist"
        raise ModelError(f"model {path} {what}", "check the path")
    if path.suffix == ".onnx":
        return (path, *_external_data(path))
    return (path, _weights(path)) if path.suffix == ".xml" else (path,)


def _other_file(path: Path) -> str:
    """Say what to do about a file that is no graph by its ending."""
    if path.suffix == ".bin" and (graph := path.with_suffix(".xml")).is_file():
        return f"name the graph, {graph.name}"
    if path.suffix.lower() in FORMATS:
        return f"rename it to end in {path.suffix.lower()}"
    return "convert it with ovc"


def is_saved_model(path: Path) -> bool:
    """Tell a TensorFlow SavedModel, by its folder or by the graph in it."""
    return (path / SAVED_MODEL).is_file() or (path.name == SAVED_MODEL and path.is_file())


def digested(paths: Sequence[Path]) -> tuple[ModelFile, ...]:
    """Return the files by content, under names that a job admits, in the same order.

    Raises:
        ModelError: one cannot be read, is too large, or has a name that cannot travel.
    """
    return tuple(_digested(path, name) for path, name in zip(paths, _names(paths), strict=True))


def _weights(path: Path) -> Path:
    weights = path.with_suffix(".bin")
    if not weights.is_file():
        raise ModelError(f"model {path} has no weights: {weights.name} is not beside it", "put it there")
    return weights


def _external_data(path: Path) -> list[Path]:
    """Find the file of an ONNX model's weights: it has one of the usual names, and the graph names it."""
    siblings = [path.with_name(path.name + suffix) for suffix in _EXTERNAL_SUFFIXES]
    present = [sibling for sibling in siblings if sibling.is_file()]
    try:
        graph = path.read_bytes() if present else b""
    except OSError as error:
        raise _unreadable(path, error) from error
    return [sibling for sibling in present if sibling.name.encode() in graph]


def _names(paths: Sequence[Path]) -> list[str]:
    """Return names that a job admits. The graph of an ONNX model names its data, so these cannot be changed."""
    names = [re.sub(r"\A(?![A-Za-z0-9])", "m", _UNFIT.sub("_", path.stem)) + path.suffix for path in paths]
    if any(
        path.suffix not in {".bin", *FORMATS} and path.name != name for path, name in zip(paths, names, strict=True)
    ):
        raise ModelError(f"the data of {paths[0].name} has a name that cannot travel", "use letters, digits, . _ and -")
    return names


def _digested(path: Path, name: str) -> ModelFile:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > limits.MODEL_FILE_MAX_BYTES:
                raise ModelError(
                    f"{path} has {size} bytes, more than {limits.MODEL_FILE_MAX_BYTES}", "use a smaller one"
                )
            return ModelFile(name, size, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ModelError:
    return ModelError(f"cannot read {path} ({error.strerror})", "check its permissions")
