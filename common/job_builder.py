"""From what a user asks for to the job document that decides everything.

Guarantees: the document that leaves here is one that `parse_job` admits, so no worker refuses it for its form.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from common import limits
from common.errors import ModelError, UsageError
from common.inspection import inspect_model
from common.job import PRECISIONS, Color, InputSpec, JobDocument, OutputSpec, Pixels, parse_job
from common.model_choices import Asked, Choices, choose
from common.model_metadata import ModelMetadata
from common.schema import as_text
from common.script import parse_script
from common.zoo.manifest import Entry

SCRIPTED: Final = "scripted"
"""`scripted://?width=64&height=48&service_ms=2` stands for the shipped fake engine; see `common.script`."""

_SCRIPTED_SIDES: Final = {"width": "64", "height": "48"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a user wants of a job besides its model.

    Attributes:
        threshold: the least score of a detection, 0..1.
        asked: of the names of classes, their base and the order of colours, what was given.
        precision: one of PRECISIONS.
        pixels: what travels; None is i420 where both sides are even, otherwise bgr.
    """

    threshold: float
    asked: Asked
    precision: str
    pixels: Pixels | None


def is_scripted(model: str) -> bool:
    """Whether this stands for the fake engine, and not for a model."""
    return model.lower().startswith(f"{SCRIPTED}:")


def build_job(model: str, entry: Entry | None, wish: Wish) -> tuple[JobDocument, dict[str, Path]]:
    """Return the job, and where each of its files lies by SHA-256 (64 hexadecimal digits).

    Args:
        model: the path of a graph, or a `scripted://` address.
        entry: what is known of the model, if it has a name.
        wish: what the user wants of it.

    Raises:
        ModelError: the model or the script cannot be read or is not supported.
        UsageError: a value cannot be meant.
    """
    if wish.precision not in PRECISIONS:
        raise UsageError(f"precision '{wish.precision}' is unknown", f"choose one of {', '.join(PRECISIONS)}")
    if not 0.0 <= wish.threshold <= 1.0:
        raise UsageError(f"a threshold of {wish.threshold} is no score", "choose one from 0 to 1")
    if len(wish.asked.labels or ()) > limits.LABELS_MAX:
        raise UsageError(f"{len(wish.asked.labels or ())} labels are more than {limits.LABELS_MAX}", "give fewer")
    if is_scripted(model):
        return _admitted(_scripted(model, wish)), {}
    return _inspected(Path(model), entry, wish)


def _inspected(path: Path, entry: Entry | None, wish: Wish) -> tuple[JobDocument, dict[str, Path]]:
    facts = inspect_model(path)
    image, found = facts.image, facts.detections
    chosen = choose(wish.asked, entry, facts.metadata)
    job = JobDocument(
        engine="openvino",
        model=as_text(path.stem),
        files=facts.files,
        input=_input(image.name, (image.width, image.height), wish.pixels, chosen.color),
        output=_output(found.decoder, found.output, chosen, wish),
        precision=wish.precision,
    )
    return _admitted(job), {file.sha256: place for file, place in zip(facts.files, facts.paths, strict=True)}


def _scripted(address: str, wish: Wish) -> JobDocument:
    try:
        options = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    except ValueError as error:
        raise ModelError(f"'{address}' is no address of a script", "write it like scripted://?service_ms=2") from error
    width, height = (_side(address, dict(options).get(side, default)) for side, default in _SCRIPTED_SIDES.items())
    script = urlencode([(key, value) for key, value in options if key not in _SCRIPTED_SIDES], safe=",")
    parse_script(script)
    chosen = choose(wish.asked, None, ModelMetadata())
    return JobDocument(
        engine="scripted",
        model=SCRIPTED,
        files=(),
        input=_input("pixels", (width, height), wish.pixels, chosen.color),
        output=_output(SCRIPTED, "", chosen, wish),
        script=script,
    )


def _output(decoder: str, name: str, chosen: Choices, wish: Wish) -> OutputSpec:
    return OutputSpec(decoder, name, chosen.label_base, chosen.labels, float(wish.threshold))


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
