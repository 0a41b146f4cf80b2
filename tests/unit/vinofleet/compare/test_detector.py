"""A frame on its way into the model, without the fleet's conversions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from common.job import Color
from tests.unit.worker.tiny_models import HEIGHT, WIDTH, tiny_job, write_model
from vinofleet.compare.detector import Detector


@pytest.mark.parametrize("color", ["BGR", "RGB"])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_colours_layout_and_type_are_the_models(tmp_path: Path, color: Color, layout: str) -> None:
    """Of a frame that is blue, twice as high as wide; the model is twice as wide as high."""
    job = tiny_job(write_model(tmp_path, layout="NCHW" if layout == "NCHW" else "NHWC"), color=color)
    blue = np.zeros((8, 4, 3), np.uint8)
    blue[..., 0] = 255
    graph = tmp_path / job.files[0].name
    prepared = Detector(job, graph, "CPU", "latency").prepare(blue)
    shape = (1, 3, HEIGHT, WIDTH) if layout == "NCHW" else (1, HEIGHT, WIDTH, 3)
    assert prepared.shape == shape
    assert prepared.dtype == np.float32
    planes = prepared[0] if layout == "NCHW" else prepared[0].transpose(2, 0, 1)
    assert planes.reshape(3, -1).mean(axis=1).tolist() == ([255, 0, 0] if color == "BGR" else [0, 0, 255])


def test_what_is_found_is_in_pixels_of_the_frame(tmp_path: Path) -> None:
    """Whatever size the model takes: the box is made of the colours' means."""
    job = tiny_job(write_model(tmp_path))
    detector = Detector(job, tmp_path / job.files[0].name, "CPU", "latency")
    frame = np.full((50, 200, 3), (51, 102, 204), np.uint8)
    request = detector.compiled.create_infer_request()
    request.infer({0: detector.prepare(frame)})
    ((x1, y1, x2, y2, score, number),) = detector.found(request, frame).tolist()
    assert (x1, y1, x2, y2) == pytest.approx((40, 20, 160, 25), abs=0.1)
    assert (score, number) == (pytest.approx(0.9), 0)
