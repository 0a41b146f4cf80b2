"""What the OpenVINO engine does that the API below it does not."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from common.errors import DeviceError
from tests.unit.worker.completions import DEADLINE_S, Completions
from tests.unit.worker.tiny_models import FRAME_SIZE, tiny_job, write_model
from worker import openvino_engine
from worker.engine import Completion, EngineOptions
from worker.openvino_engine import OpenVinoEngine
from worker.pace import Pace
from worker.request_pool import Flight, Read, RequestPool

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _RefusingPool(RequestPool):
    """A pool whose device takes no more."""

    def start(self, _flight: Flight, _read: Read) -> None:
        """Refuse."""
        self.is_spoiled = True
        raise RuntimeError("Exception from src/x.cpp:1:\ndevice lost\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a model may lie."""
    return tmp_path


def test_pixels_stay_referenced_until_they_are_completed(folder: Path) -> None:
    """OpenVINO keeps a pointer only, so a caller that lets go of its array must not free it."""
    first_told, may_return = threading.Event(), threading.Event()
    done = Completions()

    def on_done(completions: Sequence[Completion]) -> None:
        done(completions)
        first_told.set()
        may_return.wait(DEADLINE_S)

    job = tiny_job(write_model(folder))
    engine = OpenVinoEngine(job, folder, EngineOptions(streams=1, nireq=2), on_done)
    engine.submit(1, np.full(job.input.nbytes, 1, np.uint8), FRAME_SIZE)
    assert first_told.wait(DEADLINE_S)
    pixels = np.full(job.input.nbytes, 77, np.uint8)
    alive = weakref.ref(pixels)
    engine.submit(2, pixels, FRAME_SIZE)  # nobody looks whether it has ended
    del pixels
    gc.collect()
    assert alive() is not None
    may_return.set()
    assert [done.next().token, done.next().token] == [1, 2]
    engine.close()


def test_a_result_that_nobody_has_read_is_read_before_its_request_starts_again(folder: Path) -> None:
    """The queue gives the request that ended first to the next frame, whoever has looked at it."""
    told, may_return = threading.Event(), threading.Event()
    done = Completions()

    def on_done(completions: Sequence[Completion]) -> None:
        done(completions)
        told.set()
        may_return.wait(DEADLINE_S)

    job = tiny_job(write_model(folder))
    engine = OpenVinoEngine(job, folder, EngineOptions(nireq=2), on_done)
    engine.submit(0, np.full(job.input.nbytes, 10, np.uint8), FRAME_SIZE)
    assert told.wait(DEADLINE_S)
    for token in range(1, 8):  # with nobody to complete them, more than there are requests
        engine.submit(token, np.full(job.input.nbytes, 10 + token, np.uint8), FRAME_SIZE)
    may_return.set()
    told_of = [done.next() for _ in range(8)]
    assert sorted(completion.token for completion in told_of) == list(range(8))  # two run side by side: in any order
    for completion in told_of:
        assert completion.detections is not None
        assert completion.detections[0, 0] == pytest.approx(10 + completion.token, rel=1e-5)
    engine.close()


def test_frames_wait_for_company_as_the_pace_says(folder: Path) -> None:
    """What has ended is told when few are under way, all together."""
    batches: list[list[int]] = []
    all_submitted, all_told = threading.Event(), threading.Event()

    def on_done(completions: Sequence[Completion]) -> None:
        assert all_submitted.wait(DEADLINE_S)
        batches.append([completion.token for completion in completions])
        if sum(map(len, batches)) == 12:
            all_told.set()

    job = tiny_job(write_model(folder))
    engine = OpenVinoEngine(job, folder, EngineOptions(streams=1, nireq=12), on_done)
    engine.pace = Pace(0, DEADLINE_S)
    for token in range(12):
        engine.submit(token, np.full(job.input.nbytes, token, np.uint8), FRAME_SIZE)
    all_submitted.set()
    assert all_told.wait(DEADLINE_S)
    assert [token for batch in batches for token in batch] == list(range(12))
    assert len(batches) <= 2  # those that ended before the others were there, and the rest
    engine.close()


def test_a_refused_start_raises_frees_the_pixels_and_a_new_pool_serves(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame that was not taken has no completion; the next one is tried on a fresh queue."""
    done = Completions()
    job = tiny_job(write_model(folder))
    engine = OpenVinoEngine(job, folder, EngineOptions(nireq=1), done)
    pixels = np.full(job.input.nbytes, 1, np.uint8)
    alive = weakref.ref(pixels)
    with monkeypatch.context() as patch:
        patch.setattr(openvino_engine, "RequestPool", _RefusingPool)
        patch.setattr(engine, "_pool", _RefusingPool(engine._compiled, 1))
        with pytest.raises(DeviceError, match="device lost") as caught:
            engine.submit(1, pixels, FRAME_SIZE)
    assert "src/x.cpp" not in str(caught.value)
    del pixels, caught
    gc.collect()
    assert alive() is None
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
    engine = OpenVinoEngine(tiny_job(write_model(folder)), folder, EngineOptions(), Completions())
    with pytest.raises(ValueError, match="not 384 contiguous bytes"):
        engine.submit(1, pixels, FRAME_SIZE)
    engine.close()
