"""Reading, preprocessing and compiling, each with its refusals."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import openvino as ov
import pytest

from common.errors import DeviceError, ModelError
from common.families import Layout
from common.job import Color, InputSpec, JobDocument, OutputSpec
from common.model_files import digested
from tests.unit.common import handmade_models
from tests.unit.worker.completions import Completions
from tests.unit.worker.tiny_models import FRAME_SIZE, HEIGHT, WIDTH, tiny_job, write_model
from worker import openvino_model
from worker.engine import EngineOptions, make_engine
from worker.openvino_model import engine_info, load_model

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _channels(job: JobDocument, folder: Path, pixels: NDArray[np.uint8]) -> list[float]:
    """Infer once and return the means of the model's input channels."""
    done = Completions()
    engine = make_engine(job, folder, EngineOptions(), done)
    engine.submit(1, pixels, FRAME_SIZE)
    found = done.next().detections
    engine.close()
    assert found is not None
    return [float(value) for value in found[0, :3]]


def _bgr(blue: int, green: int, red: int) -> NDArray[np.uint8]:
    return np.tile(np.array([blue, green, red], np.uint8), HEIGHT * WIDTH)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize(("color", "expected"), [("BGR", [10, 20, 30]), ("RGB", [30, 20, 10])])
def test_bgr_reaches_the_model_in_its_colour_order_and_layout(
    tmp_path: Path, layout: Layout, color: Color, expected: list[float]
) -> None:
    """The graph converts what travels into what the model was trained on."""
    job = tiny_job(write_model(tmp_path, layout=layout), "bgr", color)
    assert _channels(job, tmp_path, _bgr(10, 20, 30)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("color", "expected"), [("BGR", [0, 0, 255]), ("RGB", [254, 0, 0])])
def test_i420_reaches_the_model_as_limited_range_bt601(tmp_path: Path, color: Color, expected: list[float]) -> None:
    """Y 81, U 90, V 240 is pure red (254, as 255 makes this model fail in its first channel)."""
    planes = (np.full(n, v, np.uint8) for n, v in ((128, 81 if color == "BGR" else 80), (32, 90), (32, 240)))
    job = tiny_job(write_model(tmp_path), "i420", color)
    assert _channels(job, tmp_path, np.concatenate(list(planes))) == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize("shape", [(-1, 3, HEIGHT, WIDTH), (1, 3, -1, -1), (-1, 3, -1, WIDTH)])
def test_open_dimensions_take_the_jobs_geometry(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """A model exported with open sizes runs at the size that the producer sends."""
    job = tiny_job(write_model(tmp_path, shape=shape))
    assert _channels(job, tmp_path, _bgr(1, 2, 3)) == pytest.approx([1, 2, 3], abs=0.01)


@pytest.mark.parametrize(
    ("name", "content", "port"),
    [
        ("m.onnx", handmade_models.onnx(), ""),
        ("m.tflite", handmade_models.tflite(), ""),
        ("m.pb", handmade_models.frozen_graph(), ":0"),
    ],
)
def test_a_graph_of_any_format_that_travels_runs(tmp_path: Path, name: str, content: bytes, port: str) -> None:
    """Its numbers come out as its pixels went in: label 1, score 1, a box over the whole frame."""
    path = handmade_models.write(tmp_path / name, content)
    job = replace(
        tiny_job(digested((path,))),
        input=InputSpec(f"x{port}", 14, 8, "bgr", "BGR", "stretch"),
        output=OutputSpec("ssd", f"y{port}", 1, (), 0.5),
    )
    pixels = np.zeros(14 * 8 * 3, np.uint8)
    pixels[:7] = (0, 1, 1, 0, 0, 1, 1)
    done = Completions()
    engine = make_engine(job, tmp_path, EngineOptions(), done)
    engine.submit(1, pixels, FRAME_SIZE)
    found = done.next().detections
    engine.close()
    assert found is not None
    assert found.tolist() == [[0, 0, *FRAME_SIZE, 1, 0]]


@pytest.mark.parametrize("damage", ["no weights", "short weights", "no xml in it", "cut", "gone"])
def test_a_broken_model_is_a_model_error_of_one_line(tmp_path: Path, damage: str) -> None:
    """OpenVINO's nested text with its source locations does not reach people."""
    job = tiny_job(write_model(tmp_path))
    graph, weights = tmp_path / "tiny.xml", tmp_path / "tiny.bin"
    match damage:
        case "no weights":
            weights.unlink()
        case "short weights":
            weights.write_bytes(weights.read_bytes()[:4])
        case "no xml in it":
            graph.write_text("hello")
        case "cut":
            graph.write_bytes(graph.read_bytes()[:300])
        case _:
            graph.unlink()
    with pytest.raises(ModelError, match=r"cannot read tiny\.xml: \w") as caught:
        load_model(job, tmp_path, EngineOptions())
    assert "Exception from" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_of_another_size_or_name_than_the_jobs_is_refused(tmp_path: Path) -> None:
    """A worker never infers what the producer did not inspect."""
    job = tiny_job(write_model(tmp_path))
    for other in (
        replace(job, input=replace(job.input, width=32)),
        replace(job, input=replace(job.input, name="data")),
        replace(job, output=replace(job.output, name="boxes")),
        replace(job, files=()),
    ):
        with pytest.raises(ModelError):
            load_model(other, tmp_path, EngineOptions())


def test_an_unknown_device_is_told_with_those_present(tmp_path: Path) -> None:
    """A person who mistyped a device sees what there is."""
    job = tiny_job(write_model(tmp_path))
    for device in ("FOO", "MULTI:FOO"):
        with pytest.raises(DeviceError, match=rf"device {device} .* devices present are .*CPU"):
            load_model(job, tmp_path, EngineOptions(device=device))


@pytest.mark.parametrize("device", ["CPU", "AUTO", "AUTO:CPU", "MULTI:CPU", "HETERO:CPU", "BATCH:CPU"])
def test_every_way_to_name_the_cpu_takes_every_option(tmp_path: Path, device: str) -> None:
    """Options that a device does not know do not keep it from running."""
    job = tiny_job(write_model(tmp_path))
    options = EngineOptions(
        device, "throughput", streams=1, nireq=2, threads=1, cache_dir=tmp_path / "cache", pin=False
    )
    info = engine_info(load_model(job, tmp_path, options), device, 2)
    assert info.device == device
    assert info.device_name
    assert info.precision in {"f32", "default"}


@pytest.mark.parametrize("device", ["CPU", "AUTO", "MULTI:CPU", "HETERO:GPU,CPU"])
def test_what_may_run_on_the_cpu_is_compiled_each_time(tmp_path: Path, device: str) -> None:
    """A model read back from OpenVINO's cache may detect nothing on the CPU, so nothing is put there."""
    options = EngineOptions(device, cache_dir=tmp_path / "cache")
    assert "CACHE_DIR" not in openvino_model._properties(ov.Core(), tiny_job(write_model(tmp_path)), options)


def test_a_device_that_compiles_for_long_keeps_what_it_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start on an accelerator is quick."""
    monkeypatch.setattr(openvino_model, "_supported", lambda *_: None)
    options = EngineOptions("GPU.1", cache_dir=tmp_path / "cache")
    properties = openvino_model._properties(ov.Core(), tiny_job(write_model(tmp_path)), options)
    assert properties["CACHE_DIR"] == str(tmp_path / "cache")


def test_an_option_the_device_does_not_know_is_left_out_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Threads mean nothing to an accelerator: a warning, and it runs."""
    known = frozenset({"PERFORMANCE_HINT", "INFERENCE_PRECISION_HINT"})
    monkeypatch.setattr(openvino_model, "_supported", lambda *_: known)
    with caplog.at_level(logging.WARNING):
        load_model(tiny_job(write_model(tmp_path)), tmp_path, EngineOptions(threads=1))
    assert "INFERENCE_NUM_THREADS" in caplog.text


def test_a_precision_the_device_cannot_be_told_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job decides the precision: a device that would choose its own must not serve it."""
    monkeypatch.setattr(openvino_model, "_supported", lambda *_: frozenset({"PERFORMANCE_HINT"}))
    with pytest.raises(DeviceError, match="cannot be told to infer in f32"):
        load_model(tiny_job(write_model(tmp_path)), tmp_path, EngineOptions())
