"""Run a job's model on an OpenVINO device: an AsyncInferQueue, made to keep the promises of `worker.engine`.

A thread, the harvester, waits for requests, and not a callback of each: it wakes once for several of them, as its pace
says. Requests are more than the device runs at a time, so that it never waits for Python.

What this file does not know: what OpenVINO's queue does wrong (`worker.request_pool`), how the model was read and
compiled (`worker.openvino_model`), sessions, deadlines.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from common.errors import DeviceError
from common.job import JobDocument
from common.openvino_text import plain
from worker.decoders import decoder_for
from worker.engine import EngineOptions, OnDone
from worker.lean_openvino import ov
from worker.openvino_model import engine_info, load_model, tensor_shape
from worker.pace import AT_ONCE
from worker.request_pool import Flight, RequestPool

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXTRA_REQUESTS: Final = 16
"""Requests beyond those that keep the device busy: they wait in the device, so that it has the next frame at once."""

_LOOK_S: Final = 0.005
"""How long a frame that ended before an earlier one may go unnoticed where none is to wait for company."""


class _Borrowed:
    """Lets numpy describe memory it may only read as writable, so that OpenVINO takes it without a copy.

    Nothing but the model itself keeps it from writing: slots are mapped writable, for their marks. It only reads its
    input: colour and layout are converted into memory of its own.
    """

    __slots__ = ("__array_interface__", "_pixels")

    def __init__(self, pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> None:
        self._pixels = pixels
        self.__array_interface__ = {"data": (pixels.ctypes.data, False), "shape": shape, "typestr": "|u1", "version": 3}


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
        self.requests = options.nireq or int(self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        self.depth = options.nireq or self.requests + EXTRA_REQUESTS
        self.pace = AT_ONCE
        self.info = engine_info(self._compiled, options.device, self.requests)
        self._pool = RequestPool(self._compiled, self.depth)
        self._lock = threading.Lock()  # of the pool and its flights
        self._started: queue.SimpleQueue[Flight | None] = queue.SimpleQueue()
        self._is_closing = False  # the harvester's
        self._harvester = threading.Thread(target=self._harvest, name="infer-harvester", daemon=True)
        self._harvester.start()

    def submit(self, token: int, pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> None:
        """Start one frame; waits at most for a result that is just being read."""
        flight = Flight(token, self._tensor(pixels), frame_size)
        with self._lock:
            try:
                self._start(flight)
            except RuntimeError as error:
                flight.tensor = None
                raise DeviceError(f"the device refused a frame: {plain(str(error))}", "restart the worker") from error
        self._started.put(flight)

    def close(self) -> None:
        """Wait for what is under way, then free the device."""
        self._started.put(None)
        self._harvester.join()
        del self._pool, self._compiled

    def _tensor(self, pixels: NDArray[np.uint8]) -> ov.Tensor:
        if pixels.dtype != np.uint8 or pixels.nbytes != self._nbytes or not pixels.flags.c_contiguous:
            raise ValueError(f"pixels are {pixels.dtype}{list(pixels.shape)}, not {self._nbytes} contiguous bytes")
        return ov.Tensor(np.asarray(_Borrowed(pixels, self._shape)), shared_memory=True)

    def _start(self, flight: Flight) -> None:
        """Start a frame, on a new pool where the old one throws because of an earlier frame's failure."""
        if not self._pool.is_spoiled:
            try:
                self._pool.start(flight, self._read)
            except RuntimeError:
                pass
            else:
                return
        self._pool = RequestPool(self._compiled, self.depth)  # the flights of the old one hold it
        self._pool.start(flight, self._read)

    def _harvest(self) -> None:
        """Complete frames as their requests end, until the engine is closed and nothing is under way."""
        under_way: deque[Flight] = deque()
        while self._join_started(under_way):
            self._await_some(under_way)
            self._complete(under_way)

    def _join_started(self, under_way: deque[Flight]) -> bool:
        """Add what was started since, waiting for it where nothing is under way; False when there is no more."""
        while True:
            try:
                flight = self._started.get(block=not (under_way or self._is_closing))
            except queue.Empty:
                return bool(under_way)
            if flight is None:
                self._is_closing = True
            else:
                under_way.append(flight)

    def _await_some(self, under_way: deque[Flight]) -> None:
        """Wait for a frame, and for others as long as the pace allows; nothing may have ended when it returns."""
        until = time.monotonic() + self.pace.patience_s
        awaited = None
        while (flight := under_way[self.pace.awaited(len(under_way))]) is not awaited:
            awaited = flight
            if not flight.wait(max(until - time.monotonic(), _LOOK_S)) or time.monotonic() >= until:
                return
            self._join_started(under_way)

    def _complete(self, under_way: deque[Flight]) -> None:
        ended = [flight for flight in under_way if flight.wait(0)]
        completions = []
        for flight in ended:
            under_way.remove(flight)
            with self._lock:
                completions.append(flight.end(self._read))
        if completions:
            self._on_done(completions)

    def _read(self, request: ov.InferRequest, frame_size: tuple[int, int]) -> NDArray[np.float32]:
        output = np.asarray(request.get_tensor(self._spec.name).data)
        return self._decode({self._spec.name: output}, self._spec, frame_size)
