"""From what a user asks for to the job document that decides everything.

Guarantees: the document that leaves here is one that `parse_job` admits, so no worker refuses it for its form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from common import limits
from common.errors import ModelError, UsageError
from common.inspection import inspect_model
from common.job import PRECISIONS, Color, InputSpec, JobDocument, OutputSpec, Pixels, parse_job
from common.script import parse_script

SCRIPTED: Final = "scripted"
"""`scripted://?width=64&height=48&service_ms=2` stands for the shipped fake engine; see `common.script`."""

_SCRIPTED_SIDES: Final = {"width": "64", "height": "48"}


def build_job(
    model: str,
    *,
    threshold: float,
    labels: tuple[str, ...],
    label_base: int,
    precision: str,
    pixels: Pixels | None,
    color: Color,
) -> tuple[JobDocument, dict[str, Path]]:
    """Return the job, and where each of its files lies by SHA-256 (64 hexadecimal digits).

    Args:
        model: the path of a graph, or a `scripted://` address.
        threshold: the least score of a detection, 0..1.
        labels: names by class; may be empty.
        label_base: the raw label that stands for class 0.
        precision: one of PRECISIONS.
        pixels: what travels; None is i420 where both sides are even, otherwise bgr.
        color: the channel order that the model was trained on.

    Raises:
        ModelError: the model or the script cannot be read or is not supported.
        UsageError: a value cannot be meant.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"precision '{precision}' is unknown", f"choose one of {', '.join(PRECISIONS)}")
    if not 0.0 <= threshold <= 1.0:
        raise UsageError(f"a threshold of {threshold} is no score", "choose one from 0 to 1")
    if len(labels) > limits.LABELS_MAX:
        raise UsageError(f"{len(labels)} labels are more than {limits.LABELS_MAX}", "give fewer")
    wish = OutputSpec("", "", label_base, labels, float(threshold))
    if urlsplit(model).scheme == SCRIPTED:
        return _admitted(_scripted(model, wish, pixels, color)), {}
    return _inspected(Path(model), wish, precision, pixels, color)


def _inspected(
    path: Path, wish: OutputSpec, precision: str, pixels: Pixels | None, color: Color
) -> tuple[JobDocument, dict[str, Path]]:
    facts = inspect_model(path)
    image = facts.image
    job = JobDocument(
        engine="openvino",
        model=path.stem[: limits.TEXT_MAX_CHARS],
        files=facts.files,
        input=_input(image.name, (image.width, image.height), pixels, color),
        output=OutputSpec(
            facts.detections.decoder, facts.detections.output, wish.label_base, wish.labels, wish.threshold
        ),
        precision=precision,
    )
    return _admitted(job), {file.sha256: place for file, place in zip(facts.files, facts.paths, strict=True)}


def _scripted(address: str, wish: OutputSpec, pixels: Pixels | None, color: Color) -> JobDocument:
    options = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    width, height = (_side(address, dict(options).get(side, default)) for side, default in _SCRIPTED_SIDES.items())
    script = urlencode([(key, value) for key, value in options if key not in _SCRIPTED_SIDES], safe=",")
    parse_script(script)
    return JobDocument(
        engine="scripted",
        model=SCRIPTED,
        files=(),
        input=_input("pixels", (width, height), pixels, color),
        output=OutputSpec(SCRIPTED, "", wish.label_base, wish.labels, wish.threshold),
        script=script,
    )


def _input(name: str, size: tuple[int, int], pixels: Pixels | None, color: Color) -> InputSpec:
    width, height = size
    even = width % 2 == 0 and height % 2 == 0
    if pixels == "i420" and not even:
        raise UsageError(f"a model input of {width}x{height} cannot be i420", "send bgr: i420 needs even sides")
    return InputSpec(name, width, height, pixels or ("i420" if even else "bgr"), color, "stretch")


def _side(address: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= limits.SIDE_MAX_PIXELS:
        raise ModelError(f"'{address}' has a side of '{text}' pixels", f"give 1 to {limits.SIDE_MAX_PIXELS}")
    return int(text)


def _admitted(job: JobDocument) -> JobDocument:
    """Return the job as a worker will read it."""
    return parse_job(job.canonical)
