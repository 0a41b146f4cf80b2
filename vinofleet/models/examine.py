"""Look at one model: its outline, what it is recognised as, and what a producer would do with it.

OpenVINO reads the model in a child process (`common.inspection`); nothing is run and nothing is fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, cast

from common.errors import ModelError
from common.families import detections, image_input
from common.graph import Graph
from common.inspection import outline
from common.job import JobDocument
from common.job_builder import Wish, build_job
from common.model_choices import Asked, choose
from common.model_files import FORMATS, digested, is_saved_model, model_paths
from common.model_metadata import metadata_of
from common.recognition import recognise
from common.zoo.manifest import Manifest
from common.zoo.names import Resolved
from common.zoo.steps import label
from vinofleet.models.account import Account
from vinofleet.models.doubts import Case, doubts
from vinofleet.run.options import role_option

_SAVED_MODEL: Final = "TensorFlow SavedModel"


def examine(resolved: Resolved, manifest: Manifest) -> Account:
    """Look at a model.

    Raises:
        ModelError: a file is missing or unreadable, or OpenVINO cannot read the model.
    """
    path, graph = resolved.path, outline(resolved.path)
    family, metadata = recognise(graph), metadata_of(graph)
    choices = choose(Asked(), resolved.entry, metadata)
    job, refusals = _judged(resolved, graph)
    namesake = None if resolved.entry else manifest.entries.get(path.stem)
    case = Case(graph=graph, family=family, metadata=metadata, choices=choices, job=job, namesake=namesake)
    return Account(
        name=path.name,
        format=_SAVED_MODEL if is_saved_model(path) else FORMATS[path.suffix],
        files=() if is_saved_model(path) else digested(model_paths(path)),
        known_as=_known_as(resolved, manifest),
        graph=graph,
        family=family,
        metadata=metadata,
        choices=choices,
        job=job,
        refusals=refusals,
        warnings=doubts(case),
    )


def _judged(resolved: Resolved, graph: Graph) -> tuple[JobDocument | None, tuple[ModelError, ...]]:
    """Return the job that a producer would build, or all that it would refuse the model for."""
    refusals = tuple(_refusals(resolved.path, graph))
    if refusals:
        return None, refusals
    wish = Wish(
        threshold=cast("float", role_option("threshold").default), asked=Asked(), precision="default", pixels=None
    )
    try:
        return build_job(str(resolved.path), resolved.entry, wish)[0], ()
    except ModelError as error:
        return None, (error,)


def _refusals(path: Path, graph: Graph) -> Iterator[ModelError]:
    """Collect what a producer, which stops at the first, would refuse one after the other."""
    rules: tuple[Callable[[], object], ...] = (
        lambda: model_paths(path),
        lambda: image_input(graph.inputs),
        lambda: detections(graph.outputs),
    )
    for rule in rules:
        try:
            rule()
        except ModelError as error:
            yield error


def _known_as(resolved: Resolved, manifest: Manifest) -> str | None:
    """Return NAME/PRECISION of the model whose graph has these bytes; of an embedded one no digest is known."""
    if resolved.entry is not None and resolved.entry.embedded:
        return label(resolved.entry, resolved.entry.precision)
    if not resolved.path.is_file():
        return None
    with resolved.path.open("rb") as file:
        sha384 = hashlib.file_digest(file, "sha384").hexdigest()
    graphs = (
        (label(entry, precision), files[0].sha384)
        for entry in manifest.entries.values()
        for precision, files in entry.files.items()
    )
    return next((name for name, digest in graphs if digest == sha384), None)
