"""Run a job's model on an OpenVINO device: an AsyncInferQueue, made to keep the promises of `worker.engine`.

What OpenVINO's Python API does not do by itself, and this file therefore does (observed with 2026.4):
- A request does not keep its input alive: a tensor that shares an array holds the array, so the tensor is held here.
- A failed inference never calls back, and leaves its request at the head of the queue's idle list, where each later
  `start_async` throws its error again. A watcher finds such requests, completes their frames with the error, and
  replaces the queue; the old one is kept until its other requests have ended.
- Dropping a queue whose requests are under way crashes the process: `close` waits for each first.
- A shared tensor wants writable memory, while a received message is read-only: see `_Borrowed`.

What this file does not know: how the model was read and compiled (`worker.openvino_model`), sessions, deadlines.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from common.errors import DeviceError
from common.job import JobDocument
from common.openvino_text import plain
from worker.decoders import decoder_for
from worker.engine import Completion, EngineOptions, OnDone
from worker.lean_openvino import ov
from worker.openvino_model import engine_info, load_model, tensor_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WATCH_S: Final = 0.5
"""How long a failed inference may go unnoticed. Looking ten times a second cost 0.4 CPU ms a frame beside inference."""


class _Borrowed:
    """Lets numpy describe memory it may only read as writable, so that OpenVINO takes it without a copy.

    Nothing but the model itself keeps it from writing: slots are mapped writable, for their marks. It only reads its
    input: colour and layout are converted into memory of its own.
    """

    __slots__ = ("__array_interface__", "_pixels")

    def __init__(self, pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> None:
        self._pixels = pixels
        self.__array_interface__ = {"data": (pixels.ctypes.data, False), "shape": shape, "typestr": "|u1", "version": 3}


@dataclass(slots=True, eq=False)
class _Flight:
    """A frame under way. `tensor` holds the pixels, and is let go when the frame ends."""

    token: int
    tensor: ov.Tensor | None
    frame_size: tuple[int, int]
    started_ns: int


class OpenVinoEngine:
    """An AsyncInferQueue with the job's model; see `worker.engine.Engine`.

    Raises:
        ModelError: the model cannot be read or does not fit the job.
        DeviceError: the device is missing or cannot run the model.
    """

    def __init__(self, job: JobDocument, model_dir: Path, options: EngineOptions, on_done: OnDone) -> None:
        self._decode = decoder_for(job.output.decoder)
        self._spec = job.output
        self._nbytes, self._shape = job.input.nbytes, tensor_shape(job.input)
        self._on_done = on_done
        self._compiled = load_model(job, model_dir, options)
        self._flights: dict[int, _Flight] = {}
        self._queue = self._new_queue(options.nireq or 0)
        self._retired: list[ov.AsyncInferQueue] = []
        self._queues_lock = threading.Lock()  # never taken by a callback, which a start may have to wait for
        self.requests = len(self._queue)
        self.info = engine_info(self._compiled, options.device, self.requests)
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="infer-watcher", daemon=True)
        self._watcher.start()

    def submit(self, token: int, pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> None:
        """Start one frame; waits at most for a callback that is just returning."""
        flight = _Flight(token, self._tensor(pixels), frame_size, time.perf_counter_ns())
        with self._queues_lock:
            self._flights[token] = flight
            try:
                self._start(flight)
            except RuntimeError as error:
                del self._flights[token]
                flight.tensor = None
                raise DeviceError(f"the device refused a frame: {plain(str(error))}", "restart the worker") from error

    def close(self) -> None:
        """Wait for what is under way, then free the device."""
        self._closing.set()
        self._watcher.join()
        for queue in (self._queue, *self._retired):
            _wait(queue)
            self._sweep(queue)
        self._retired.clear()
        del self._queue, self._compiled

    def _new_queue(self, requests: int) -> ov.AsyncInferQueue:
        queue = ov.AsyncInferQueue(self._compiled, requests)  # 0: OPTIMAL_NUMBER_OF_INFER_REQUESTS
        queue.set_callback(self._called_back)
        return queue

    def _tensor(self, pixels: NDArray[np.uint8]) -> ov.Tensor:
        if pixels.dtype != np.uint8 or pixels.nbytes != self._nbytes or not pixels.flags.c_contiguous:
            raise ValueError(f"pixels are {pixels.dtype}{list(pixels.shape)}, not {self._nbytes} contiguous bytes")
        return ov.Tensor(np.asarray(_Borrowed(pixels, self._shape)), shared_memory=True)

    def _start(self, flight: _Flight) -> None:
        """Start a frame, on a new queue where the queue throws because of an earlier frame's failure."""
        try:
            self._queue.start_async({0: flight.tensor}, flight, share_inputs=True)
        except RuntimeError:
            spoiled = self._queue
            self._replace_queue()
            if not self._sweep(spoiled):
                raise
            self._queue.start_async({0: flight.tensor}, flight, share_inputs=True)

    def _called_back(self, request: ov.InferRequest, flight: _Flight) -> None:
        """Decode and complete; runs in an inference thread. Whatever goes wrong becomes the frame's error."""
        infer_us = _since_us(flight)
        try:
            output = np.asarray(request.get_tensor(self._spec.name).data)
            found = self._decode({self._spec.name: output}, self._spec, flight.frame_size)
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it
            self._finish(flight, Completion(flight.token, None, plain(f"{type(error).__name__}: {error}"), infer_us))
        else:
            self._finish(flight, Completion(flight.token, found, "", infer_us))

    def _finish(self, flight: _Flight, completion: Completion) -> None:
        """Complete a frame once: a request that failed long ago still names its frame."""
        if self._flights.get(flight.token) is not flight:
            return
        del self._flights[flight.token]
        flight.tensor = None
        self._on_done(completion)

    def _watch(self) -> None:
        while not self._closing.wait(_WATCH_S):
            with self._queues_lock:
                if self._sweep(self._queue):
                    self._replace_queue()
                self._retired = [queue for queue in self._retired if not self._is_over(queue)]

    def _replace_queue(self) -> None:
        """Retire the queue: one that threw is never used again."""
        self._retired.append(self._queue)
        self._queue = self._new_queue(self.requests)

    def _is_over(self, queue: ov.AsyncInferQueue) -> bool:
        """Look after a retired queue, and say whether all of its requests have ended."""
        self._sweep(queue)
        return all(flight is None or _ended(queue[index]) for index, flight in enumerate(queue.userdata))

    def _sweep(self, queue: ov.AsyncInferQueue) -> bool:
        """Complete the frames whose inference failed, and say whether there is such a request."""
        failures = [(flight, _failure(queue[index])) for index, flight in enumerate(queue.userdata) if flight]
        for flight, failure in failures:
            if failure:
                self._finish(flight, Completion(flight.token, None, failure, _since_us(flight)))
        return any(failure for _, failure in failures)


def _since_us(flight: _Flight) -> int:
    return (time.perf_counter_ns() - flight.started_ns) // 1000


def _failure(request: Any) -> str:  # noqa: ANN401 - OpenVINO ships no types
    """Return why a request failed; empty while it runs and when it succeeded."""
    try:
        request.wait_for(0)
    except RuntimeError as error:
        return plain(str(error))
    return ""


def _ended(request: Any) -> bool:  # noqa: ANN401 - as above
    try:
        return bool(request.wait_for(0))
    except RuntimeError:
        return True


def _wait(queue: ov.AsyncInferQueue) -> None:
    """Wait for every request. Not wait_all: it stops at the first failure and leaves the others running."""
    for index in range(len(queue)):
        with contextlib.suppress(RuntimeError):  # the sweep that follows completes its frame with the error
            queue[index].wait()
