"""The job document: the one immutable text that decides what every worker does.

The producer writes it, hello and results quote its SHA-256, and nothing else (no option of a worker, no default of
a version) changes what is computed. It travels as canonical JSON: UTF-8, keys sorted, no spaces.

What this file does not know: where the model's files lie, how they are fetched, what device runs them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, cast, get_args

from common import limits
from common.errors import ModelError

JOB_VERSION: Final = 1

PRECISIONS: Final = ("default", "f32", "bf16", "f16")
"""What a job may ask for: the values of INFERENCE_PRECISION_HINT that OpenVINO's devices know, or their own choice."""

Pixels = Literal["i420", "bgr"]
"""`i420`: u8 [H * 3 / 2, W], BT.601 limited range; `bgr`: u8 [H, W, 3]. Both C-contiguous."""
Color = Literal["BGR", "RGB"]
Resize = Literal["stretch"]
EngineKind = Literal["openvino", "scripted"]

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model, by content.

    Attributes:
        name: a bare file name; never a path. An IR's .xml and .bin share their stem.
        size: bytes.
        sha256: 64 lower-case hexadecimal digits.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a worker receives for each frame, and what the model makes of it.

    Attributes:
        name: the model's input tensor.
        width, height: pixels of the model's input.
        pixels: what travels (see `Pixels`); i420 needs even sides.
        color: the channel order that the model was trained on.
        resize: how the original frame was made to fit; `stretch` ignores its aspect ratio.
    """

    name: str
    width: int
    height: int
    pixels: Pixels
    color: Color
    resize: Resize

    @property
    def nbytes(self) -> int:
        """Bytes of one preprocessed frame."""
        area = self.width * self.height
        return area * 3 // 2 if self.pixels == "i420" else area * 3

    @property
    def shape(self) -> tuple[int, ...]:
        """The array shape of one preprocessed frame, dtype uint8."""
        return (self.height * 3 // 2, self.width) if self.pixels == "i420" else (self.height, self.width, 3)


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """How detections are read from the model's outputs.

    Attributes:
        decoder: the decoder's registered name, such as `ssd`.
        name: the output tensor it reads.
        label_base: the raw label that stands for class 0.
        labels: names by class; may be empty, then a class prints as its number.
        threshold: the least score of a detection, 0..1.
    """

    decoder: str
    name: str
    label_base: int
    labels: tuple[str, ...]
    threshold: float


@dataclass(frozen=True)
class JobDocument:
    """Everything that decides a result, in one immutable value.

    Attributes:
        engine: `openvino`, or `scripted` (the shipped fake: `script` says what it does).
        model: a display name.
        files: the model's files; empty for the scripted engine.
        precision: an OpenVINO element type for INFERENCE_PRECISION_HINT (`f32`, `bf16`, `f16`), or `default`.
        script: options of the scripted engine, such as `service_ms=2`; empty otherwise.
    """

    engine: EngineKind
    model: str
    files: tuple[ModelFile, ...]
    input: InputSpec
    output: OutputSpec
    precision: str = "default"
    script: str = ""

    @cached_property
    def canonical(self) -> bytes:
        """The bytes that travel and that the digest is taken of."""
        document = {"version": JOB_VERSION, **asdict(self)}
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of `canonical`, 32 bytes."""
        return hashlib.sha256(self.canonical).digest()


@lru_cache(maxsize=8)
def parse_job(canonical: bytes) -> JobDocument:
    """Read a job document from its canonical bytes; of the last few, which come again with each session, once.

    Raises:
        ModelError: the bytes are no canonical job document of this version; nothing is guessed.
    """
    if len(canonical) > limits.JOB_MAX_BYTES:
        raise ModelError(f"the job document has {len(canonical)} bytes, more than {limits.JOB_MAX_BYTES}")
    try:
        fields = json.loads(canonical)
        if fields.pop("version") != JOB_VERSION:
            raise ModelError("the job document is of another version", "run the same vinofleet on every machine")
        job = JobDocument(
            files=tuple(ModelFile(**f) for f in fields.pop("files")),
            input=InputSpec(**fields.pop("input")),
            output=_output(fields.pop("output")),
            **fields,
        )
        _check(job)
        is_canonical = job.canonical == canonical  # within: a lone surrogate cannot be encoded
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelError(f"the job document is malformed ({type(error).__name__})") from error
    if not is_canonical:
        raise ModelError("the job document is not in canonical form")
    return job


def _output(fields: dict[str, Any]) -> OutputSpec:
    labels = fields.pop("labels")
    if not isinstance(labels, list) or len(labels) > limits.LABELS_MAX or not all(isinstance(x, str) for x in labels):
        raise ValueError("labels")
    return OutputSpec(labels=tuple(labels), **fields)


def _check(job: JobDocument) -> None:
    """Refuse values that a later step would trust: names that become paths, sizes that become allocations."""
    spec, output = job.input, job.output
    _require(job.engine in get_args(EngineKind), "engine")
    _require(spec.pixels in get_args(Pixels) and spec.color in get_args(Color), "pixels or color")
    _require(spec.resize in get_args(Resize), "resize")
    for side in (spec.width, spec.height):
        _require(type(side) is int and 0 < side <= limits.SIDE_MAX_PIXELS, "side")
    _require(spec.pixels == "bgr" or (spec.width % 2 == 0 and spec.height % 2 == 0), "i420 with an odd side")
    _require(spec.nbytes <= limits.INPUT_MAX_BYTES, "input size")
    _require(len(job.files) <= limits.MODEL_FILES_MAX, "files")
    for file in job.files:
        _require(_FILE_NAME.match(file.name) is not None, "file name")
        _require(type(file.size) is int and 0 <= file.size <= limits.MODEL_FILE_MAX_BYTES, "file size")
        _require(_SHA256.match(file.sha256) is not None, "file digest")
    _require(type(output.label_base) is int, "label_base")
    _require(isinstance(output.threshold, float) and 0.0 <= output.threshold <= 1.0, "threshold")
    for text in (job.model, job.precision, job.script, spec.name, output.decoder, output.name):
        _require(isinstance(cast("object", text), str) and len(text) <= limits.TEXT_MAX_CHARS, "text")
        _require(text.isprintable(), "text that would move a terminal's cursor")


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 - a condition is what this takes
    if not condition:
        raise ValueError(what)
