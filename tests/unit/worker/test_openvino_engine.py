"""What the OpenVINO engine does that the API below it does not."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from common.errors import DeviceError
from tests.unit.worker.completions import DEADLINE_S, Completions
from tests.unit.worker.tiny_models import FRAME_SIZE, tiny_job, write_model
from worker.engine import Completion, EngineOptions
from worker.openvino_engine import OpenVinoEngine

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _RefusingQueue:
    """Stands for an AsyncInferQueue whose device takes no more."""

    userdata: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return 1

    def start_async(self, *_: object, **__: object) -> None:
        raise RuntimeError("Exception from src/x.cpp:1:\ndevice lost\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a model may lie."""
    return tmp_path


def test_pixels_stay_referenced_while_their_inference_waits(folder: Path) -> None:
    """OpenVINO keeps a pointer only, so a caller that lets go of its array must not free it."""
    first_called, may_return = threading.Event(), threading.Event()
    done = Completions()

    def on_done(completion: Completion) -> None:
        done(completion)
        if completion.token == 1:
            first_called.set()
            may_return.wait(DEADLINE_S)

    job = tiny_job(write_model(folder))
    engine = OpenVinoEngine(job, folder, EngineOptions(streams=1, nireq=2), on_done)
    engine.submit(1, np.full(job.input.nbytes, 1, np.uint8), FRAME_SIZE)
    assert first_called.wait(DEADLINE_S)
    pixels = np.full(job.input.nbytes, 77, np.uint8)
    alive = weakref.ref(pixels)
    engine.submit(2, pixels, FRAME_SIZE)  # queued behind the callback that holds the only stream
    del pixels
    gc.collect()
    assert alive() is not None
    may_return.set()
    assert [done.next().token, done.next().token] == [1, 2]
    engine.close()


def test_a_refused_start_raises_frees_the_pixels_and_a_new_queue_serves(folder: Path) -> None:
    """The frame that was not taken has no completion; the next one is tried on a fresh queue."""
    done = Completions()
    job = tiny_job(write_model(folder))
    engine = OpenVinoEngine(job, folder, EngineOptions(nireq=1), done)
    engine._queue = _RefusingQueue()
    pixels = np.full(job.input.nbytes, 1, np.uint8)
    alive = weakref.ref(pixels)
    with pytest.raises(DeviceError, match="device lost") as caught:
        engine.submit(1, pixels, FRAME_SIZE)
    assert "src/x.cpp" not in str(caught.value)
    del pixels, caught
    gc.collect()
    assert alive() is None
    engine._retired.clear()
    engine.submit(2, np.full(job.input.nbytes, 5, np.uint8), FRAME_SIZE)
    assert done.next().token == 2
    engine.close()


def test_an_error_while_decoding_becomes_the_frames_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in a decoder is told with its frame instead of vanishing in a callback."""

    def broken(*_: object) -> NDArray[np.float32]:
        raise ZeroDivisionError("a decoder's defect")

    done = Completions()
    job = tiny_job(write_model(folder))
    engine = OpenVinoEngine(job, folder, EngineOptions(), done)
    monkeypatch.setattr(engine, "_decode", broken)
    engine.submit(1, np.zeros(job.input.nbytes, np.uint8), FRAME_SIZE)
    assert done.next().error == "ZeroDivisionError: a decoder's defect"
    engine.close()


@pytest.mark.parametrize("pixels", [np.zeros(5, np.uint8), np.zeros(384, np.int8), np.zeros(768, np.uint8)[::2]])
def test_pixels_of_another_shape_are_a_defect_of_the_caller(folder: Path, pixels: NDArray[np.uint8]) -> None:
    """Bytes that are not the job's never reach the device."""
    engine = OpenVinoEngine(tiny_job(write_model(folder)), folder, EngineOptions(), print)
    with pytest.raises(ValueError, match="not 384 contiguous bytes"):
        engine.submit(1, pixels, FRAME_SIZE)
    engine.close()
