"""What is known of a model by name, and of a file by its bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from common.zoo.manifest import Entry, Manifest, ZooFile
from common.zoo.names import Resolved
from tests.unit.common.tiny_detector import write_detector
from vinofleet.models.examine import examine

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("cache")]


def _entry(graph: Path) -> Entry:
    sha384 = hashlib.sha384(graph.read_bytes()).hexdigest()
    return Entry(
        name="pets",
        embedded=False,
        task="finds pets",
        family="ssd",
        width=16,
        height=8,
        color="RGB",
        labels=("cat", "dog"),
        label_base=1,
        ap=None,
        ap_of="",
        gflops=None,
        licence="Apache-2.0",
        source="https://models.example/pets",
        files={"FP32": (ZooFile("tiny.xml", graph.stat().st_size, sha384, "pets/tiny.xml"),)},
    )


def test_a_file_that_the_list_of_known_models_has_is_named(tmp_path: Path) -> None:
    """By its bytes, wherever it lies; its facts are used only if it was asked for by name, as a run does."""
    path = write_detector(tmp_path)
    entry = _entry(path)
    known = Manifest("https://models.example/", {"pets": entry})
    by_path = examine(Resolved(path, None), known)
    assert by_path.known_as == "pets/FP32"
    assert by_path.choices.labels == ()
    by_name = examine(Resolved(path, entry), known)
    assert by_name.job is not None
    assert by_name.job.output.labels == ("cat", "dog")
    assert by_name.choices.color == "RGB"
    assert examine(Resolved(path, None), Manifest("https://models.example/", {})).known_as is None
    embedded = replace(entry, embedded=True, files={})
    assert examine(Resolved(path, embedded), known).known_as == "pets/FP16"


def test_a_file_called_as_a_known_model_is_told_of_that_ones_labels(tmp_path: Path) -> None:
    """Another release of it has other bytes; that it is one is for the user to say."""
    path = write_detector(tmp_path)
    entry = _entry(path)
    known = Manifest("https://models.example/", {"tiny": entry})
    (suggestion,) = [line for line in examine(Resolved(path, None), known).warnings if "labels" in line]
    assert "give --labels cat,dog if it is the pets of" in suggestion
    assert not [line for line in examine(Resolved(path, entry), known).warnings if "labels" in line]


def test_what_no_job_can_carry_is_refused_though_its_form_is_right(tmp_path: Path) -> None:
    """As the name of a tensor that fills pages."""
    path = write_detector(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('"found"', f'"{"x" * 400}"'), encoding="utf-8")
    account = examine(Resolved(path, None), Manifest("https://models.example/", {}))
    assert account.family.name == "ssd"
    assert account.job is None
    assert ["the job document is malformed" in error.what for error in account.refusals] == [True]
