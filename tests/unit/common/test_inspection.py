"""Inspection: facts, the cache, the child, and refusals."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from common import inspection
from common.errors import ModelError
from common.families import Detections, ImageInput, Port
from common.graph import Step
from common.inspection import inspect_model, outline

ROOT = Path(__file__).resolve().parents[3]
FOUND = {
    "inputs": [{"name": "image", "shape": [1, 3, 8, 16], "element_type": "f32"}],
    "outputs": [{"name": "found", "shape": [1, 1, 4, 7], "element_type": "f32"}],
    "operations": {"DetectionOutput": 1},
    "weights": {"f32": 8},
    "steps": [["Multiply", [0.5]]],
    "suppression": {"background_label_id": 0, "num_classes": 2},
    "info": {"model_info/labels": "person"},
}


class _Child:
    """Stands for the child process; counts how often it is asked."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self, _path: Path, _timeout_s: float) -> dict[str, Any]:
        self.asked += 1
        return self.answer


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> _Child:
    """A fake child that understands every model."""
    fake = _Child(FOUND)
    monkeypatch.setattr(inspection, "_ask_child", fake)
    return fake


def test_facts_are_files_by_content_image_and_detections(model: Path, tmp_path: Path, child: _Child) -> None:
    """Everything that a job needs to know of a model comes out of one call."""
    facts = inspect_model(model, tmp_path / "cache")
    assert child.asked == 1
    assert [(file.name, file.size) for file in facts.files] == [("model.xml", 5), ("model.bin", 7)]
    assert facts.files[1].sha256 == hashlib.sha256(b"weights").hexdigest()
    assert facts.paths == (model, model.with_suffix(".bin"))
    assert facts.image == ImageInput("image", 16, 8, "NCHW")
    assert facts.detections == Detections("ssd", "found")
    assert (facts.metadata.labels, facts.metadata.label_base) == (("person",), 1)


def test_a_second_inspection_of_the_same_content_asks_no_child(model: Path, tmp_path: Path, child: _Child) -> None:
    """The cache goes by content: a copy elsewhere under another name is known, a changed weight is not."""
    facts = inspect_model(model, tmp_path / "cache")
    copy = tmp_path / "copy.xml"
    copy.write_bytes(model.read_bytes())
    copy.with_suffix(".bin").write_bytes(b"weights")
    assert inspect_model(copy, tmp_path / "cache").image == facts.image
    assert child.asked == 1
    copy.with_suffix(".bin").write_bytes(b"Weights")
    inspect_model(copy, tmp_path / "cache")
    assert child.asked == 2


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"inputs": 5}', '{"inputs": [{}]}', json.dumps(FOUND | {"info": []}), json.dumps(FOUND)[:-9]],
)
def test_a_damaged_cache_entry_is_ignored_and_written_anew(
    model: Path, tmp_path: Path, child: _Child, content: str
) -> None:
    """What a full disk or another program left there costs one inspection, once."""
    inspect_model(model, tmp_path / "cache")
    (entry,) = (tmp_path / "cache").iterdir()
    entry.write_text(content)
    inspect_model(model, tmp_path / "cache")
    inspect_model(model, tmp_path / "cache")
    assert child.asked == 2
    assert [each.name for each in (tmp_path / "cache").iterdir()] == [entry.name]


def test_a_cache_that_cannot_be_written_is_no_error(model: Path, tmp_path: Path, child: _Child) -> None:
    """A read-only home only costs time."""
    (tmp_path / "cache").write_text("a file where the folder should be")
    inspect_model(model, tmp_path / "cache")
    inspect_model(model, tmp_path / "cache")
    assert child.asked == 2


@pytest.mark.usefixtures("child")
def test_a_cache_that_cannot_be_written_is_told_once(
    model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With the folder, the reason and what to do."""
    (tmp_path / "cache").write_text("a file where the folder should be")
    inspect_model(model, tmp_path / "cache")
    outline(model, tmp_path / "cache")
    (message,) = caplog.messages
    assert message.startswith(f"vinofleet: warning: a model is read anew each time, {tmp_path / 'cache'} fails (")
    assert "XDG_CACHE_HOME" in message


@pytest.mark.usefixtures("child")
def test_a_cache_that_fails_while_it_is_written_keeps_nothing(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Halves of entries would only gather there."""

    def full(*_: Path) -> Path:
        raise OSError(28, "No space left")

    monkeypatch.setattr(Path, "replace", full)
    inspect_model(model, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_model_that_is_not_understood_is_refused_by_what_it_has(model: Path, tmp_path: Path, child: _Child) -> None:
    """The line names the file, the output that was found, and the one that was wanted."""
    child.answer = FOUND | {"outputs": [{"name": "output", "shape": [1, 3549, 85], "element_type": "f32"}]}
    with pytest.raises(
        ModelError, match=r"model\.xml is not supported: output 'output' f32\[1,3549,85\] is no \[1,1,N,7\]"
    ):
        inspect_model(model, tmp_path / "cache")


def test_an_operation_that_openvino_does_not_know_is_named(model: Path, tmp_path: Path, child: _Child) -> None:
    """The exporter can leave it out: it is often the last one, which suppresses boxes."""
    child.answer = {"error": "FrontEnd API failed with OpConversionFailure:\nNo translator found for TFLite_X node."}
    with pytest.raises(ModelError, match=r"model\.xml has an operation that OpenVINO does not know, TFLite_X: export"):
        inspect_model(model, tmp_path / "cache")


def test_an_outline_asks_for_no_decoder_and_is_kept_as_well(model: Path, tmp_path: Path, child: _Child) -> None:
    """What is not run can be looked at, and what was looked at is not read again to be run."""
    child.answer = FOUND | {"outputs": []}
    graph = outline(model, tmp_path / "cache")
    assert graph.steps == (Step("Multiply", (0.5,)),)
    assert outline(model, tmp_path / "cache") == graph
    with pytest.raises(ModelError, match="not supported"):
        inspect_model(model, tmp_path / "cache")
    assert child.asked == 1


def test_a_saved_model_is_outlined_by_its_folder_and_not_run(tmp_path: Path, child: _Child) -> None:
    """By its folder or the graph in it; a job carries files, not folders."""
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"graph")
    for path in (folder, folder / "saved_model.pb"):
        assert outline(path, tmp_path / "cache").operations == {"DetectionOutput": 1}
        with pytest.raises(ModelError, match=r"SavedModel.*: convert it with ovc"):
            inspect_model(path, tmp_path / "cache")
    assert child.asked == 2


def test_what_openvino_says_of_a_broken_model_is_one_line_and_not_cached(
    model: Path, tmp_path: Path, child: _Child
) -> None:
    """A model that is copied again, whole, is inspected again."""
    child.answer = {"error": "Exception from src/core.cpp:84:\nIncorrect weights in bin file!\n"}
    with pytest.raises(ModelError, match=r"^OpenVINO cannot read model\.xml: Incorrect weights in bin file!: "):
        inspect_model(model, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(("name", "expected"), [("my model (1)", "my_model__1_"), ("_x", "m_x"), ("é", "m_")])
def test_names_that_a_job_cannot_carry_are_made_fit(tmp_path: Path, child: _Child, name: str, expected: str) -> None:
    """Graph and weights keep one stem, whatever the files are called here."""
    path = tmp_path / f"{name}.xml"
    path.write_text("graph")
    path.with_suffix(".bin").write_bytes(b"weights")
    facts = inspect_model(path, tmp_path / "cache")
    assert [file.name for file in facts.files] == [f"{expected}.xml", f"{expected}.bin"]
    assert child.asked == 1


@pytest.mark.process
def test_a_child_that_dies_or_hangs_is_told(model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model that takes its reader down, or keeps it for ever, does neither to whoever asked."""
    script = tmp_path / "child.py"
    monkeypatch.setattr(inspection, "_CHILD", script)
    script.write_text("import os; os.abort()")
    with pytest.raises(ModelError, match=r"reading model\.xml ended with status -6"):
        inspect_model(model, tmp_path / "cache")
    script.write_text("import signal; signal.pause()")
    with pytest.raises(ModelError, match=r"reading model\.xml took more than 0\.5 s"):
        inspect_model(model, tmp_path / "cache", timeout_s=0.5)


@pytest.mark.process
@pytest.mark.assets
def test_real_models_are_inspected_in_a_child(assets: Path, tmp_path: Path) -> None:
    """An IR is understood, an ONNX model without an SSD output is refused by name, and nothing here loads openvino."""
    folder = assets / "models" / "face-detection-retail-0004-int8"
    facts = inspect_model(folder / "face-detection-retail-0004.xml", tmp_path)
    assert facts.image == ImageInput("data", 300, 300, "NCHW")
    assert facts.detections == Detections("ssd", "detection_out")
    yolox = assets / "models" / "yolox-nano" / "yolox_nano.onnx"
    with pytest.raises(ModelError, match=r"output 'output' f32\[1,3549,85\] is no \[1,1,N,7\] SSD output"):
        inspect_model(yolox, tmp_path)
    assert outline(yolox, tmp_path).outputs == (Port("output", (1, 3549, 85), "f32"),)


@pytest.mark.process
def test_a_broken_model_is_refused_by_the_real_child(model: Path, tmp_path: Path) -> None:
    """Text that is no model is told as such."""
    with pytest.raises(ModelError, match=r"^model\.xml is damaged, or no OpenVINO IR at all: export or copy it again$"):
        inspect_model(model, tmp_path / "cache")


def test_the_module_does_not_load_openvino() -> None:
    """The producer's hot process inspects models without it."""
    code = "import sys, common.job_builder; sys.exit('openvino' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode == 0
