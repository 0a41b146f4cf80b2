"""Tests of common.job: one canonical text, and nothing else is read as a job."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.errors import ModelError
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec, parse_job

TEXT = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=20)
EVEN = st.integers(1, 1024).map(lambda half: 2 * half)
FILE = st.builds(
    ModelFile,
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", fullmatch=True),
    st.integers(0, limits.MODEL_FILE_MAX_BYTES),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
)
JOBS = st.builds(
    JobDocument,
    st.sampled_from(("openvino", "scripted")),
    TEXT,
    st.lists(FILE, max_size=3).map(tuple),
    st.builds(
        InputSpec,
        TEXT,
        EVEN,
        EVEN,
        st.sampled_from(("i420", "bgr")),
        st.sampled_from(("BGR", "RGB")),
        st.just("stretch"),
    ),
    st.builds(OutputSpec, TEXT, TEXT, st.integers(-10, 10), st.lists(TEXT, max_size=5).map(tuple), st.floats(0.0, 1.0)),
    TEXT,
    TEXT,
)
JOB = JobDocument(
    "openvino",
    "person-detection",
    (ModelFile("person.xml", 1000, "ab" * 32),),
    InputSpec("image", 512, 384, "i420", "BGR", "stretch"),
    OutputSpec("ssd", "detection_out", 1, ("person",), 0.5),
    "f32",
)


def changed(**fields: object) -> bytes:
    """The canonical text of a job with other values; a dot in a name (as `__`) leads inside."""
    document: dict[str, Any] = json.loads(JOB.canonical)
    for name, value in fields.items():
        at, _, inner = name.partition("__")
        if inner:
            document[at][inner] = value
        else:
            document[at] = value
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


@given(JOBS)
def test_a_job_is_read_as_it_was_written(job: JobDocument) -> None:
    """Its canonical text gives an equal job of the same digest."""
    again = parse_job(job.canonical)
    assert again == job
    assert again.digest == job.digest == hashlib.sha256(job.canonical).digest()


def test_the_canonical_text_is_json_with_sorted_keys_and_no_spaces() -> None:
    """Another program can make the same bytes, and so the same digest."""
    assert parse_job(changed()) == JOB
    assert b" " not in JOB.canonical


@given(st.binary(max_size=300))
def test_any_bytes_are_a_job_or_a_model_error(canonical: bytes) -> None:
    """Nothing that a peer sends raises anything else."""
    with pytest.raises(ModelError, match="job document"):
        parse_job(canonical)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
PLACES = st.sampled_from(
    ["version", "engine", "model", "files", "input", "output", "precision", "script"]
    + [f"input__{name}" for name in InputSpec.__dataclass_fields__]
    + [f"output__{name}" for name in OutputSpec.__dataclass_fields__]
)


@given(PLACES, VALUES)
def test_a_job_with_any_value_in_any_place_is_valid_or_a_model_error(place: str, value: object) -> None:
    """What is read is the canonical job of exactly these bytes; the rest is refused."""
    canonical = changed(**{place: value})
    try:
        job = parse_job(canonical)
    except ModelError:
        return
    assert job.canonical == canonical


@pytest.mark.parametrize(
    "fields",
    [
        {"engine": "shell"},
        {"files": [{"name": "../x.xml", "size": 1, "sha256": "ab" * 32}]},
        {"files": [{"name": "x.xml", "size": -1, "sha256": "ab" * 32}]},
        {"files": [{"name": "x.xml", "size": limits.MODEL_FILE_MAX_BYTES + 1, "sha256": "ab" * 32}]},
        {"files": [{"name": "x.xml", "size": 1, "sha256": "AB" * 32}]},
        {"files": [{"name": "x.xml", "size": 1, "sha256": "ab" * 32}] * (limits.MODEL_FILES_MAX + 1)},
        {"input__width": 511},
        {"input__width": 0},
        {"input__width": 2.0},
        {"input__width": True},
        {"input__width": limits.SIDE_MAX_PIXELS + 2},
        {"input__width": limits.SIDE_MAX_PIXELS, "input__height": limits.SIDE_MAX_PIXELS},
        {"input__resize": "crop"},
        {"output__threshold": 1.5},
        {"output__threshold": float("nan")},
        {"output__threshold": 1},
        {"output__labels": "person"},
        {"output__labels": [1]},
        {"output__labels": ["x"] * (limits.LABELS_MAX + 1)},
        {"model": "x" * (limits.TEXT_MAX_CHARS + 1)},
        {"model": "\x1b[2Jcleared"},
        {"model": "\ud800"},
        {"output__labels": ["\ud800"]},
        {"extra": 1},
    ],
)
def test_what_a_worker_would_trust_is_checked(fields: dict[str, object]) -> None:
    """Names that become paths, sizes that become allocations, words that reach a terminal."""
    with pytest.raises(ModelError, match="malformed"):
        parse_job(changed(**fields))


@pytest.mark.parametrize("canonical", [changed().replace(b":", b": "), changed() + b"\n", b" " + changed()])
def test_another_spelling_of_the_same_job_is_refused(canonical: bytes) -> None:
    """One job has one digest, so it has one text."""
    with pytest.raises(ModelError, match="canonical form"):
        parse_job(canonical)


def test_another_version_says_what_to_do() -> None:
    """Versions are told from damage."""
    with pytest.raises(ModelError, match="run the same vinofleet on every machine"):
        parse_job(changed(version=2))


def test_a_document_beyond_its_limit_is_not_even_parsed() -> None:
    """The length is checked first."""
    with pytest.raises(ModelError, match="more than 262144"):
        parse_job(b"[" * (limits.JOB_MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("pixels", "shape", "nbytes"), [("i420", (576, 512), 294_912), ("bgr", (384, 512, 3), 589_824)]
)
def test_an_inputs_shape_follows_from_its_pixels(pixels: Any, shape: tuple[int, ...], nbytes: int) -> None:  # noqa: ANN401 - a Literal
    """I420 stands as three planes one below the other, BGR as rows of pixels."""
    spec = InputSpec("image", 512, 384, pixels, "BGR", "stretch")
    assert (spec.shape, spec.nbytes) == (shape, nbytes)
