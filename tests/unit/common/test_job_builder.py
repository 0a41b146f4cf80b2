"""From options to a job document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common import job_builder
from common.errors import ModelError, UsageError
from common.families import Detections, ImageInput
from common.inspection import ModelFacts
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec, parse_job
from common.job_builder import Wish
from common.model_choices import Asked
from common.model_metadata import ModelMetadata
from common.zoo.manifest import Entry
from common.zoo.names import open_zoo

FILES = (ModelFile("m.xml", 5, "a" * 64), ModelFile("m.bin", 7, "b" * 64))
PATHS = (Path("/models/m.xml"), Path("/models/m.bin"))


def _build(
    model: str = "/models/m.xml",
    entry: Entry | None = None,
    **changes: Any,  # noqa: ANN401 - any option
) -> tuple[JobDocument, dict[str, Path]]:
    options: dict[str, Any] = {
        "threshold": 0.5,
        "asked": Asked(labels=("person",), label_base=1, color="BGR"),
        "precision": "f32",
        "pixels": None,
    }
    return job_builder.build_job(model, entry, Wish(**(options | changes)))


@pytest.fixture(autouse=True)
def image(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The size of the model that every path leads to."""
    size = {"width": 64, "height": 48}

    def inspect(_path: Path) -> ModelFacts:
        image = ImageInput("image", **size, layout="NCHW")
        return ModelFacts(FILES, PATHS, image, Detections("ssd", "out"), ModelMetadata(labels=("cat",), color="RGB"))

    monkeypatch.setattr(job_builder, "inspect_model", inspect)
    return size


def test_a_job_says_what_was_found_and_what_was_asked_for() -> None:
    """Geometry and files come from the inspection, the rest from the user; each file is found by its digest."""
    job, places = _build(threshold=1)
    assert job == JobDocument(
        engine="openvino",
        model="m",
        files=FILES,
        input=InputSpec("image", 64, 48, "i420", "BGR", "stretch"),
        output=OutputSpec("ssd", "out", 1, ("person",), 1.0),
        precision="f32",
    )
    assert places == {"a" * 64: PATHS[0], "b" * 64: PATHS[1]}


def test_what_was_not_given_is_known_of_the_model_or_said_by_it() -> None:
    """A name brings its labels with it; without one the model's own words count."""
    job, _ = _build(asked=Asked())
    assert (job.output.labels, job.output.label_base, job.input.color) == (("cat",), 0, "RGB")
    job, _ = _build(entry=open_zoo().manifest.entries["pedestrian-detection-adas-0002"], asked=Asked())
    assert (job.output.labels, job.output.label_base, job.input.color) == (("pedestrian",), 1, "BGR")


def test_what_leaves_is_what_a_worker_reads() -> None:
    """The document survives its own canonical form."""
    for model in ("/models/m.xml", "scripted://"):
        job, _ = _build(model)
        assert parse_job(job.canonical) == job


def test_pixels_are_i420_where_both_sides_are_even(image: dict[str, int]) -> None:
    """Half the bytes where it can be; a wish for what cannot be is refused."""
    image["width"] = 63
    assert _build()[0].input.pixels == "bgr"
    with pytest.raises(UsageError, match="63x48 cannot be i420"):
        _build(pixels="i420")
    image["width"] = 64
    assert _build(pixels="bgr")[0].input.pixels == "bgr"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"precision": "int3"}, "'int3' is unknown: choose one of default, f32, bf16, f16"),
        ({"threshold": 1.5}, "1.5 is no score"),
        ({"threshold": float("nan")}, "nan is no score"),
        ({"asked": Asked(labels=("x",) * 10_001)}, "10001 labels are more than 10000"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(changes: dict[str, Any], found: str) -> None:
    """A usage error names the value."""
    with pytest.raises(UsageError, match=found):
        _build(**changes)


def test_labels_too_long_to_travel_are_refused() -> None:
    """The job document has a limit in bytes as well."""
    with pytest.raises(ModelError, match="more than 262144"):
        _build(asked=Asked(labels=("x" * 300_000,)))


def test_a_scripted_address_is_a_job_without_files() -> None:
    """Its size is taken out of the options, the rest is the script, word for word."""
    job, places = _build("scripted://?width=32&height=31&service_ms=2&poison=1,2")
    assert job.engine == "scripted"
    assert job.files == ()
    assert job.script == "service_ms=2&poison=1,2"
    assert (job.input.width, job.input.height, job.input.pixels) == (32, 31, "bgr")
    assert places == {}


def test_a_scripted_address_has_defaults() -> None:
    """64 by 48 pixels of I420, and the script's own defaults."""
    job, _ = _build("scripted://")
    assert (job.input.width, job.input.height, job.input.pixels, job.script) == (64, 48, "i420", "")


@pytest.mark.parametrize(
    "query", ["width=0", "height=x", "width=16385", "width=-2", "speed=1", "requests=1&requests=2"]
)
def test_a_scripted_address_that_cannot_be_meant_is_refused(query: str) -> None:
    """At the producer, before any worker hears of it."""
    with pytest.raises(ModelError):
        _build(f"scripted://?{query}")


@pytest.mark.parametrize("name", ["a\nb", "\udcff", "\x1b[2J", "x" * 4000])
def test_a_file_may_be_called_anything(name: str) -> None:
    """Its name is for people alone; what cannot be printed or sent is a question mark in it."""
    job, _ = _build(f"/models/{name}.xml")
    assert parse_job(job.canonical) == job
    assert job.model.isprintable()
