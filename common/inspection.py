"""What a model is: its files by content, its image input, the output that holds detections.

OpenVINO reads the model in a child process (`common.inspect_child`), so whoever asks, such as the producer's hot
process, never imports it. What the child saw is cached by the content of the files: a second start does not pay again.

Guarantees: a model that vinofleet cannot run is refused with one line that names what was found in it; a damaged cache
entry is no error, it is written anew. The cache holds what the child saw, not what it was judged to be, so an entry
stays right when a new family of models is learnt.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from platformdirs import user_cache_path

from common import limits
from common.errors import ModelError
from common.families import Detections, ImageInput, Port, detections, image_input
from common.job import ModelFile
from common.openvino_text import plain

_LOG = logging.getLogger(__name__)
_CHILD: Final = Path(__file__).with_name("inspect_child.py")

TIMEOUT_S: Final = 120.0
"""Reading took 0.02-0.04 s here; importing OpenVINO on a cold, loaded machine takes seconds."""

_SCHEMA: Final = 1
"""Part of the cache's key: raise it when the child's output changes."""

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]")

_EXTERNAL_SUFFIXES: Final = (".data", "_data")
"""What the PyTorch and ONNX exporters append to `model.onnx` for the file of its weights."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What was found.

    Attributes:
        files: the model's files by content, the graph first.
        paths: where each of them lies, in the same order.
        image: the image that it takes.
        detections: the output that a decoder reads.
    """

    files: tuple[ModelFile, ...]
    paths: tuple[Path, ...]
    image: ImageInput
    detections: Detections


def inspect_model(path: Path, cache_dir: Path | None = None, timeout_s: float = TIMEOUT_S) -> ModelFacts:
    """Inspect an IR (.xml with its .bin) or an ONNX model (.onnx, with its external data beside it).

    Args:
        path: the graph's file.
        cache_dir: where earlier inspections are kept; None is the user's cache of this platform.
        timeout_s: how long the child may take.

    Raises:
        ModelError: a file is missing or unreadable, OpenVINO cannot read the model, or no decoder understands it.
    """
    paths = model_paths(path)
    files = tuple(_digested(each, name) for each, name in zip(paths, _names(paths), strict=True))
    folder = cache_dir if cache_dir is not None else user_cache_path("vinofleet") / "inspections"
    entry = folder / f"{_key(files)}.json"
    inputs, outputs = _cached(entry) or _inspected(path, entry, timeout_s)
    try:
        return ModelFacts(files, paths, image_input(inputs), detections(outputs))
    except ModelError as error:
        raise ModelError(f"{path.name} is not supported: {error.what}", error.remedy) from error


def model_paths(path: Path) -> tuple[Path, ...]:
    """Return the files that make up a model, the graph first.

    Raises:
        ModelError: one of them is missing, or the format is none that is supported.
    """
    if path.suffix not in {".xml", ".onnx"}:
        raise ModelError(f"{path} is neither an IR (.xml) nor an ONNX model (.onnx)", "convert it with ovc")
    if not path.is_file():
        raise ModelError(f"model {path} does not exist", "check the path")
    if path.suffix == ".onnx":
        return (path, *_external_data(path))
    weights = path.with_suffix(".bin")
    if not weights.is_file():
        raise ModelError(f"model {path} has no weights: {weights.name} is not beside it", "put it there")
    return (path, weights)


def _external_data(path: Path) -> list[Path]:
    """Find the file of an ONNX model's weights: it has one of the usual names, and the graph names it."""
    siblings = [path.with_name(path.name + suffix) for suffix in _EXTERNAL_SUFFIXES]
    present = [sibling for sibling in siblings if sibling.is_file()]
    graph = path.read_bytes() if present else b""
    return [sibling for sibling in present if sibling.name.encode() in graph]


def _names(paths: Sequence[Path]) -> list[str]:
    """Return names that a job admits. The graph of an ONNX model names its data, so these cannot be changed."""
    names = [re.sub(r"\A(?![A-Za-z0-9])", "m", _UNFIT.sub("_", path.stem)) + path.suffix for path in paths]
    if any(
        path.suffix not in {".xml", ".bin", ".onnx"} and path.name != name
        for path, name in zip(paths, names, strict=True)
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
        raise ModelError(f"cannot read {path} ({error.strerror})", "check its permissions") from error


def _key(files: Sequence[ModelFile]) -> str:
    try:
        openvino = version("openvino")
    except PackageNotFoundError as error:
        raise ModelError("openvino is not installed, so no model can be read", "install vinofleet again") from error
    parts = [str(_SCHEMA), openvino, *(file.sha256 for file in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


_Ports = tuple[tuple[Port, ...], tuple[Port, ...]]


def _cached(entry: Path) -> _Ports | None:
    """Return an earlier inspection, or None where there is none that can be used."""
    try:
        return _ports(json.loads(entry.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _inspected(path: Path, entry: Path, timeout_s: float) -> _Ports:
    found = _ask_child(path, timeout_s)
    if "error" in found:
        raise ModelError(f"OpenVINO cannot read {path.name}: {plain(str(found['error']))}", "export or copy it again")
    ports = _ports(found)
    _remember(entry, ports)
    return ports


def _ask_child(path: Path, timeout_s: float) -> dict[str, Any]:
    # -P: its folder, common/, would otherwise stand first on the child's path and hide modules of the same names.
    command = [sys.executable, "-P", str(_CHILD), str(path.resolve())]
    try:
        child = subprocess.run(command, capture_output=True, check=False, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"reading {path.name} took more than {timeout_s:g} s", "try again on an idle machine"
        ) from error
    lines = child.stdout.decode(errors="replace").splitlines()
    if child.returncode != 0 or not lines:
        reason = (child.stderr.decode(errors="replace").splitlines() or ["no message"])[-1]
        raise ModelError(
            f"reading {path.name} ended with status {child.returncode} ({reason})", "see whether openvino runs"
        )
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _ports(found: Any) -> _Ports:  # noqa: ANN401 - JSON of whatever kind
    inputs, outputs = (tuple(_port(port) for port in found[side]) for side in ("inputs", "outputs"))
    return inputs, outputs


def _port(fields: dict[str, Any]) -> Port:
    shape = fields["shape"]
    if not (isinstance(shape, list) and all(type(side) is int for side in shape)):
        raise TypeError("shape")
    return Port(str(fields["name"]), tuple(shape), str(fields["element_type"]))


def _remember(entry: Path, ports: _Ports) -> None:
    """Keep an inspection, whole or not at all; a cache that cannot be written only costs time."""
    inputs, outputs = ([asdict(port) for port in side] for side in ports)
    temporary = entry.with_name(f"{entry.name}.{os.getpid()}")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps({"inputs": inputs, "outputs": outputs}))
        temporary.replace(entry)
    except OSError as error:
        _LOG.warning("this inspection is not kept: %s", error)
