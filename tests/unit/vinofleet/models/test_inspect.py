"""`vinofleet models inspect` on models of every format, read by the real child."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import openvino as ov
import pytest
from click.testing import CliRunner, Result
from openvino import opset13 as ops

from common.entry import run_command
from common.errors import ModelError
from common.exits import Exit
from common.job import parse_job
from tests.unit.common import handmade_models as handmade
from tests.unit.common.tiny_detector import write_detector
from vinofleet.models.inspect import command
from vinofleet.schema import schema_text

pytestmark = [pytest.mark.process, pytest.mark.usefixtures("cache")]


def _inspect(path: Path, *options: str) -> Result:
    return CliRunner().invoke(command, [str(path), *options])


def _document(path: Path) -> dict[str, Any]:
    """Inspect as a script does; every document fits the schema."""
    done = _inspect(path, "--json")
    assert done.exit_code == 0, done.exception
    document: dict[str, Any] = json.loads(done.output)
    jsonschema.Draft202012Validator(json.loads(schema_text("inspect"))).validate(document)
    return document


def test_a_detector_is_told_with_the_job_that_it_would_be_run_as(tmp_path: Path) -> None:
    """What its graph says of labels is used, and the job is one that a worker reads."""
    document = _document(write_detector(tmp_path))
    assert document["family"]["name"] == "ssd"
    assert document["image"] == {"name": "image", "width": 16, "height": 8, "layout": "NCHW"}
    assert document["steps"] == [{"operation": "Multiply", "values": [0.5]}]
    assert (document["says"]["label_base"], document["says"]["classes"]) == (1, 2)
    assert document["job"]["output"]["label_base"] == 1
    assert document["refusals"] == []
    canonical = json.dumps(document["job"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert parse_job(canonical).input.pixels == "i420"


def test_what_the_exporter_wrote_is_used(tmp_path: Path) -> None:
    """Labels and channel order come from the model's own file."""
    info = {"labels": ["cat", "dog"], "reverse_input_channels": True, "resize_type": "fit_to_window_letterbox"}
    document = _document(write_detector(tmp_path, info, background=2))
    assert document["uses"]["labels"] == ["cat", "dog"]
    assert document["uses"]["color"] == "RGB"
    assert document["job"]["output"]["labels"] == ["cat", "dog"]
    assert [line for line in document["warnings"] if "proportions" in line]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("m.onnx", handmade.onnx({"names": "{0: 'cat', 1: 'dog'}", "author": "Ultralytics"}), "ONNX"),
        ("m.onnx", handmade.onnx({"model_info labels": "cat dog", "model_info reverse_input_channels": "YES"}), "ONNX"),
        ("m.tflite", handmade.tflite(), "TensorFlow Lite"),
        ("m.pb", handmade.frozen_graph(), "TensorFlow frozen graph"),
        ("saved/saved_model.pb", handmade.saved_model(), "TensorFlow SavedModel"),
    ],
)
def test_every_format_is_read(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    """Ports are the same in all of them; an ONNX file's properties are what it says of itself."""
    document = _document(handmade.write(tmp_path / name, content))
    assert document["format"] == told
    assert document["image"]["width"] == 14
    assert document["outputs"][0]["shape"] == [1, 1, 48, 7]
    assert document["says"]["labels"] == (["cat", "dog"] if told == "ONNX" else [])
    assert document["says"]["color"] == ("RGB" if told == "ONNX" else None)
    assert (document["job"] is None) == (told == "TensorFlow SavedModel")


def test_a_saved_model_is_inspected_by_its_folder_and_told_how_to_be_run(tmp_path: Path) -> None:
    """Its format is all that is in the way."""
    path = handmade.write(tmp_path / "saved" / "saved_model.pb", handmade.saved_model())
    document = _document(path.parent)
    assert (document["model"], document["files"]) == ("saved", [])
    assert [refusal["remedy"] for refusal in document["refusals"]] == ["convert it with ovc"]


def test_all_that_is_in_the_way_comes_at_once(tmp_path: Path) -> None:
    """Of a model that takes no image and gives no boxes, both are told."""
    values = ops.parameter([1, 7], np.float32, "values")
    ov.save_model(ov.Model([ops.relu(values)], [values], "none"), tmp_path / "none.xml")
    refusals = _document(tmp_path / "none.xml")["refusals"]
    assert ["is no image" in refusals[0]["what"], "is no [1,1,N,7]" in refusals[1]["what"]] == [True, True]


def test_a_person_reads_it_in_one_screen(tmp_path: Path) -> None:
    """Lines that fit, each with its subject in the margin."""
    lines = _inspect(write_detector(tmp_path)).output.splitlines()
    assert lines[0].startswith("tiny.xml  (OpenVINO IR, FP32 weights, ")
    assert len(lines) < 24
    assert max(map(len, lines)) <= 110
    assert "base     labels begin at 1  (DetectionOutput takes class 0 of 3 for the background)" in lines
    assert any(line.startswith("runs     yes: workers get frames of 16 x 8 as i420") for line in lines)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.xml", b"this is a text", "m.xml is damaged, or no OpenVINO IR at all"),
        ("m.onnx", b"this is a text", "m.onnx is damaged, or no ONNX at all"),
        ("m.tflite", b"this is a text", "m.tflite is damaged, or no TensorFlow Lite at all"),
        ("m.pb", b"this is a text", "m.pb is damaged, or no TensorFlow frozen graph at all"),
        ("m.pt", b"this is a text", "is of no format that a job can carry"),
        ("m.tflite", handmade.tflite(handmade.CUSTOM, "TFLite_Detection_PostProcess"), "TFLite_Detection_PostProcess"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """With the exit code of models, whatever the file holds."""
    path = handmade.write(tmp_path / name, content)
    path.with_suffix(".bin").write_bytes(b"weights")
    error = _inspect(path).exception
    assert isinstance(error, ModelError)
    assert said in str(error)
    assert "\n" not in str(error)
    assert error.exit_code == Exit.MODEL


def test_a_text_named_as_a_model_ends_the_command_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What happened, to what, and what to do; nothing else."""
    path = handmade.write(tmp_path / "m.onnx", b"this is a text")
    with pytest.raises(SystemExit) as ended:
        run_command(command, [str(path)])
    assert ended.value.code == Exit.MODEL
    shown = capsys.readouterr()
    assert shown.err == "vinofleet: error: m.onnx is damaged, or no ONNX at all: export or copy it again\n"
    assert shown.out == ""


def test_missing_or_cut_weights_are_told(tmp_path: Path) -> None:
    """The file at fault is named."""
    path = write_detector(tmp_path)
    path.with_suffix(".bin").write_bytes(b"")
    assert "tiny.xml" in str(_inspect(path).exception)
    path.with_suffix(".bin").unlink()
    assert "tiny.bin is not beside it" in str(_inspect(path).exception)


ASSETS = {
    "face-detection-retail-0004-int8/face-detection-retail-0004.xml": ("data", 300, "INT8", 1, 1, None),
    "person-detection-0202/person-detection-0202.xml": ("image", 512, "FP16", 0, 1, "BGR"),
    "person-vehicle-bike-detection-2000/person-vehicle-bike-detection-2000.xml": ("image", 256, "INT8", 0, 3, "BGR"),
}


@pytest.mark.assets
@pytest.mark.parametrize("name", ASSETS)
def test_the_graphs_of_real_detectors_tell_what_their_documents_say(assets: Path, name: str) -> None:
    """Input, weights, where labels begin and how many classes there are: read, not known."""
    tensor, side, weights, base, classes, color = ASSETS[name]
    document = _document(assets / "models" / name)
    assert document["image"] == {"name": tensor, "width": side, "height": side, "layout": "NCHW"}
    assert document["family"]["name"] == "ssd"
    assert document["weights"] == weights
    assert [line for line in document["warnings"] if "INT8" in line] == [
        line for line in document["warnings"] if weights == "INT8" and "quantized" in line
    ]
    assert (document["uses"]["label_base"], document["says"]["classes"]) == (base, classes)
    assert document["says"]["color"] == color
    assert document["uses"]["color"] == "BGR"
    assert document["steps"][-1]["values"], "the normalisation is inside the graph"
    assert document["job"]["output"] == {
        "decoder": "ssd",
        "label_base": base,
        "labels": [],
        "name": "detection_out",
        "threshold": 0.5,
    }


@pytest.mark.assets
def test_a_real_model_without_a_decoder_is_recognised_all_the_same(assets: Path) -> None:
    """Its grid is counted, its 80 classes too, and the refusal says what a run would."""
    document = _document(assets / "models" / "yolox-nano" / "yolox_nano.onnx")
    assert (document["family"]["name"], document["family"]["classes"]) == ("yolox", 80)
    assert document["job"] is None
    assert "is no [1,1,N,7] SSD output" in document["refusals"][0]["what"]
