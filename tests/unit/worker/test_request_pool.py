"""Requests that are asked, and what OpenVINO's queue does wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.worker.completions import DEADLINE_S
from tests.unit.worker.tiny_models import FAILS, FRAME_SIZE, tiny_job, write_model
from worker.engine import EngineOptions
from worker.lean_openvino import ov
from worker.openvino_model import load_model, tensor_shape
from worker.request_pool import Flight, RequestPool

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read(request: ov.InferRequest, frame_size: tuple[int, int]) -> NDArray[np.float32]:
    """The mean of the first channel."""
    assert frame_size == FRAME_SIZE
    return np.array(request.get_tensor("found").data[0, 0, :1, 3:4])


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> ov.CompiledModel:
    """The tiny model."""
    folder = tmp_path_factory.mktemp("model")
    return load_model(tiny_job(write_model(folder)), folder, EngineOptions())


def flight(number: int) -> Flight:
    """A frame of one colour."""
    spec = tiny_job(()).input
    return Flight(number, ov.Tensor(np.full(tensor_shape(spec), number, np.uint8)), FRAME_SIZE)


def test_a_frame_ends_once_and_lets_everything_go(compiled: ov.CompiledModel) -> None:
    """Its completion stays as it was, though its request goes on to others."""
    pool = RequestPool(compiled, 1)
    first, second = flight(3), flight(4)
    pool.start(first, read)
    assert first.wait(DEADLINE_S)
    completion = first.end(read)
    pool.start(second, read)
    assert second.wait(DEADLINE_S)
    assert second.end(read).token == 4
    assert first.end(read) is completion
    assert first.wait(0)
    assert first.tensor is None
    assert completion.infer_us >= 0
    assert not pool.is_spoiled


def test_what_a_request_has_found_is_read_before_it_starts_again(compiled: ov.CompiledModel) -> None:
    """The next frame gets the request that ended first, and its output would be written over."""
    pool = RequestPool(compiled, 1)
    first, second = flight(3), flight(4)
    pool.start(first, read)
    pool.start(second, read)
    assert first.completion is not None
    assert first.completion.detections is not None
    assert first.completion.detections[0, 0] == pytest.approx(3 / 255)
    assert second.wait(DEADLINE_S)
    second.end(read)


def test_a_pool_is_spoiled_by_a_failure_whoever_reads_it(compiled: ov.CompiledModel) -> None:
    """Its queue would throw that error again and again."""
    pool = RequestPool(compiled, 2)
    failing = flight(FAILS)
    pool.start(failing, read)
    assert failing.wait(DEADLINE_S)
    completion = failing.end(read)
    assert completion.error
    assert completion.detections is None
    assert pool.is_spoiled


def test_what_has_ended_on_a_queue_that_throws_is_not_believed(
    compiled: ov.CompiledModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error that it throws is that of one of them, and its request may say it no more."""
    pool = RequestPool(compiled, 2)
    ended = flight(5)
    pool.start(ended, read)
    assert ended.wait(DEADLINE_S)

    class Throwing:
        def get_idle_request_id(self) -> int:
            raise RuntimeError("Exception from src/x.cpp:1:\nearlier\n")

    monkeypatch.setattr(pool, "_queue", Throwing())
    with pytest.raises(RuntimeError):
        pool.start(flight(6), read)
    assert "earlier" in ended.end(read).error
    assert pool.is_spoiled
