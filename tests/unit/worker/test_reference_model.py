"""The reference model on a frame of the reference clip: the pixels that travel lead to the known boxes, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import pytest

from common.job import InputSpec, JobDocument, ModelFile, OutputSpec
from tests.unit.worker.completions import Completions
from worker.engine import EngineOptions, make_engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.assets

FRAME, WIDTH, HEIGHT, SIDE = 50, 768, 576, 512
BOXES = [
    (668, 256, 712, 369),
    (551, 215, 588, 302),
    (506, 215, 540, 307),
    (433, 173, 459, 245),
    (373, 178, 397, 255),
    (401, 179, 429, 261),
]
JOB = JobDocument(
    engine="openvino",
    model="person-detection-0202",
    files=tuple(ModelFile(f"person-detection-0202.{suffix}", 0, "0" * 64) for suffix in ("xml", "bin")),
    input=InputSpec("image", SIDE, SIDE, "i420", "BGR", "stretch"),
    output=OutputSpec("ssd", "detection_out", 0, ("person",), 0.5),
    precision="f32",
)


@pytest.fixture(scope="module")
def pixels(assets: Path) -> NDArray[np.uint8]:
    """The frame's planes, each resized: I420 of 512 by 512."""
    with av.open(str(assets / "videos" / "vtest.avi")) as container:
        planes = next(islice(container.decode(video=0), FRAME, None)).to_ndarray(format="yuv420p")
    luma, chroma = planes[:HEIGHT], planes[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    resized = [cv2.resize(luma, (SIDE, SIDE)), *(cv2.resize(plane, (SIDE // 2, SIDE // 2)) for plane in chroma)]
    return np.concatenate([plane.reshape(-1) for plane in resized]).astype(np.uint8, copy=False)


def _detect(
    assets: Path, pixels: NDArray[np.uint8], options: EngineOptions, job: JobDocument = JOB
) -> NDArray[np.float32]:
    done = Completions()
    engine = make_engine(job, assets / "models" / job.model, options, done)
    engine.submit(1, pixels, (WIDTH, HEIGHT))
    found = done.next().detections
    engine.close()
    assert found is not None
    return found


def test_the_reference_boxes_are_found(assets: Path, pixels: NDArray[np.uint8]) -> None:
    """Six people, each within three pixels of where f32 on BGR finds them."""
    found = _detect(assets, pixels, EngineOptions())
    assert len(found) == len(BOXES)
    np.testing.assert_allclose(found[:, :4], BOXES, atol=3)
    assert (found[:, 5] == 0).all()


def test_how_a_machine_runs_the_job_does_not_change_one_bit(assets: Path, pixels: NDArray[np.uint8]) -> None:
    """Streams, threads and hints are this machine's business; the job alone decides the result."""
    expected = _detect(assets, pixels, EngineOptions()).tobytes()
    for options in (EngineOptions(streams=1, threads=1, nireq=1), EngineOptions(hint="latency")):
        assert _detect(assets, pixels, options).tobytes() == expected


def test_a_second_start_finds_the_same(assets: Path, pixels: NDArray[np.uint8], tmp_path: Path) -> None:
    """Where a folder for compiled models is given, the results are those of the first start: of this model as well."""
    name = "person-vehicle-bike-detection-2000"
    job = replace(
        JOB,
        model=name,
        files=tuple(ModelFile(f"{name}.{suffix}", 0, "0" * 64) for suffix in ("xml", "bin")),
        input=InputSpec("image", 256, 256, "i420", "BGR", "stretch"),
    )
    planes = [pixels[: SIDE * SIDE].reshape(SIDE, SIDE), *pixels[SIDE * SIDE :].reshape(2, SIDE // 2, SIDE // 2)]
    smaller = np.concatenate(
        [cv2.resize(plane, (256 >> (n > 0), 256 >> (n > 0))).ravel() for n, plane in enumerate(planes)]
    )
    options = EngineOptions(cache_dir=tmp_path)
    first, second = (_detect(assets, smaller, options, job) for _ in range(2))
    assert len(first) > 0
    assert second.tobytes() == first.tobytes()
