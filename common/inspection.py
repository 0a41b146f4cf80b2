"""What a model is: its files by content, its image input, the output that holds detections, what it says of itself.

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
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from common.cache_folder import cache_folder
from common.errors import ModelError
from common.families import Detections, ImageInput, detections, image_input
from common.graph import Graph, parse_graph
from common.job import ModelFile
from common.model_files import FORMATS, digested, is_saved_model, model_paths
from common.model_metadata import ModelMetadata, metadata_of
from common.openvino_text import plain

_LOG = logging.getLogger(__name__)
_CHILD: Final = Path(__file__).with_name("inspect_child.py")

TIMEOUT_S: Final = 120.0
"""Reading took 0.02-0.04 s here; importing OpenVINO on a cold, loaded machine takes seconds."""

_SCHEMA: Final = 2
"""Part of the cache's key: raise it when the child's output changes."""

_UNKNOWN: Final = re.compile(r"No translator found for (\w+) node")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What was found.

    Attributes:
        files: the model's files by content, the graph first.
        paths: where each of them lies, in the same order.
        image: the image that it takes.
        detections: the output that a decoder reads.
        metadata: what it says of itself.
    """

    files: tuple[ModelFile, ...]
    paths: tuple[Path, ...]
    image: ImageInput
    detections: Detections
    metadata: ModelMetadata = field(default_factory=ModelMetadata)


def inspect_model(path: Path, cache_dir: Path | None = None, timeout_s: float = TIMEOUT_S) -> ModelFacts:
    """Inspect a model that a job can carry; see `common.model_files.FORMATS`.

    Args:
        path: the graph's file.
        cache_dir: where earlier inspections are kept; None is the user's cache of this platform.
        timeout_s: how long the child may take.

    Raises:
        ModelError: a file is missing or unreadable, OpenVINO cannot read the model, or no decoder understands it.
    """
    paths = model_paths(path)
    files = digested(paths)
    graph = _kept(path, files, cache_dir, timeout_s)
    try:
        return ModelFacts(files, paths, image_input(graph.inputs), detections(graph.outputs), metadata_of(graph))
    except ModelError as error:
        remedy = f"{error.remedy} (what this one is: vinofleet models inspect)"
        raise ModelError(f"{path.name} is not supported: {error.what}", remedy) from error


def outline(path: Path, cache_dir: Path | None = None, timeout_s: float = TIMEOUT_S) -> Graph:
    """Return the outline of any model that OpenVINO reads, whether vinofleet runs it or not.

    Args:
        path: the graph's file, or the folder of a SavedModel, whose outline is not kept.
        cache_dir: as of `inspect_model`.
        timeout_s: as of `inspect_model`.

    Raises:
        ModelError: a file is missing or unreadable, or OpenVINO cannot read the model.
    """
    if is_saved_model(path):
        return _inspected(path if path.is_dir() else path.parent, timeout_s)
    return _kept(path, digested(model_paths(path)), cache_dir, timeout_s)


def _kept(path: Path, files: Sequence[ModelFile], cache_dir: Path | None, timeout_s: float) -> Graph:
    folder = cache_dir if cache_dir is not None else cache_folder() / "inspections"
    entry = folder / f"{_key(files)}.json"
    graph = _cached(entry)
    if graph is None:
        graph = _inspected(path, timeout_s)
        _remember(entry, graph)
    return graph


def _key(files: Sequence[ModelFile]) -> str:
    try:
        openvino = version("openvino")
    except PackageNotFoundError as error:
        raise ModelError("openvino is not installed, so no model can be read", "install vinofleet again") from error
    parts = [str(_SCHEMA), openvino, *(file.sha256 for file in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _cached(entry: Path) -> Graph | None:
    """Return an earlier inspection, or None where there is none that can be used."""
    try:
        return parse_graph(json.loads(entry.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def _inspected(path: Path, timeout_s: float) -> Graph:
    found = _ask_child(path, timeout_s)
    if "error" in found:
        raise _unread(path, plain(str(found["error"])))
    return parse_graph(found)


def _unread(path: Path, reason: str) -> ModelError:
    """Say why OpenVINO did not read a model; what it says of a file that no reader takes is a list of its readers."""
    if reason.startswith("Unable to read the model"):
        kind = FORMATS.get(path.suffix, "model")
        return ModelError(f"{path.name} is damaged, or no {kind} at all", "export or copy it again")
    unknown = _UNKNOWN.search(reason)
    if unknown:
        what = f"{path.name} has an operation that OpenVINO does not know, {unknown[1]}"
        return ModelError(what, "export it without")
    return ModelError(f"OpenVINO cannot read {path.name}: {reason}", "export or copy it again")


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


def _remember(entry: Path, graph: Graph) -> None:
    """Keep an inspection, whole or not at all; a cache that cannot be written only costs time."""
    temporary = entry.with_name(f"{entry.name}.{os.getpid()}")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(json.dumps(graph.fields()))
            temporary.replace(entry)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        _say_not_kept(entry.parent, error.strerror or str(error))


@lru_cache
def _say_not_kept(folder: Path, reason: str) -> None:
    """Warn once a process: whoever looks at a model twice has the same folder twice."""
    remedy = "XDG_CACHE_HOME names another cache folder"
    _LOG.warning("vinofleet: warning: a model is read anew each time, %s fails (%s): %s", folder, reason, remedy)
