"""An AsyncInferQueue without a callback: whoever wants to know whether a request has ended asks it.

A callback into Python costs 0.15 to 0.4 CPU ms a frame: it makes a thread state (a page fault), takes the interpreter's
lock from whoever has it, and wakes a loop for one frame. Asking costs a microsecond (decision 0006).

What OpenVINO's Python API does not do by itself, and this file therefore does (observed with 2026.4):
- A request does not keep its input alive: a tensor that shares an array holds the array, so the flight holds it.
- A queue starts the next frame on the request that ended first, whether or not anybody has read what it found.
- A failed inference leaves its request at the head of the queue's idle list, where each later `start_async` throws its
  error again: a pool of which that is true is spoiled, and starts nothing more.
- Dropping a queue whose requests are under way crashes the process: a flight holds its pool.

What this file does not know: threads, decoders, when a request is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from common.openvino_text import plain
from worker.engine import Completion
from worker.lean_openvino import ov

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Read = Callable[[ov.InferRequest, tuple[int, int]], "NDArray[np.float32]"]
"""Makes detections of what a request has found in a frame of this width and height; what it raises is the frame's
error."""


class Flight:
    """A frame under way.

    Attributes:
        token, frame_size: the caller's.
        tensor: holds the pixels; let go when the frame has ended.
        completion: how it ended, once that was read.
    """

    __slots__ = ("_index", "_pool", "_request", "_started_ns", "completion", "frame_size", "tensor", "token")

    def __init__(self, token: int, tensor: ov.Tensor, frame_size: tuple[int, int]) -> None:
        self.token: Final = token
        self.frame_size: Final = frame_size
        self.tensor: ov.Tensor | None = tensor
        self.completion: Completion | None = None
        self._pool: RequestPool | None = None
        self._index = 0
        self._request: Any = None  # OpenVINO ships no types
        self._started_ns = 0

    def wait(self, seconds: float) -> bool:
        """Wait until its request has ended, well or not, for so long at most; return whether it has."""
        request = self._request
        try:
            return request is None or bool(request.wait_for(int(1000 * seconds)))
        except RuntimeError:
            return True

    def start_on(self, pool: RequestPool, index: int, request: ov.InferRequest) -> None:
        """Note on which request it runs."""
        self._pool, self._index, self._request = pool, index, request
        self._started_ns = time.perf_counter_ns()

    def end(self, read: Read) -> Completion:
        """Read how it ended, once, and let everything go; its request has ended, or is just returning."""
        if self.completion is None:
            assert self._pool is not None
            self.completion = self._read(self._pool, read)
            self._pool.free(self._index)
            self.tensor = self._pool = self._request = None
        return self.completion

    def fail(self, text: str) -> None:
        """End it with an error, whatever its request says."""
        self.end(_raising(text))

    def _read(self, pool: RequestPool, read: Read) -> Completion:
        try:
            self._request.wait()
            infer_us = int(1000 * self._request.latency)
        except RuntimeError as error:
            infer_us = (time.perf_counter_ns() - self._started_ns) // 1000
            pool.is_spoiled = True
            return Completion(self.token, None, plain(str(error)), infer_us)
        try:
            return Completion(self.token, read(self._request, self.frame_size), "", infer_us)
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it
            return Completion(self.token, None, plain(f"{type(error).__name__}: {error}"), infer_us)


def _raising(text: str) -> Read:
    def read(_request: ov.InferRequest, _frame_size: tuple[int, int]) -> NDArray[np.float32]:
        raise RuntimeError(text)

    return read


class RequestPool:
    """The requests of one queue.

    Args:
        compiled: the model.
        size: how many requests.

    Attributes:
        is_spoiled: whether it starts nothing more.
    """

    def __init__(self, compiled: ov.CompiledModel, size: int) -> None:
        self._queue: Final = ov.AsyncInferQueue(compiled, size)
        self._requests: Final = [self._queue[index] for index in range(size)]
        self._flights: Final[list[Flight | None]] = [None] * size
        self.is_spoiled = False

    def start(self, flight: Flight, read: Read) -> None:
        """Start a frame on the request that has been idle longest; what that has found is read first.

        Raises:
            RuntimeError: the queue does not take it, and is spoiled.
        """
        try:
            index = self._queue.get_idle_request_id()
            before = self._flights[index]
            if before is not None:
                before.end(read)
            flight.start_on(self, index, self._requests[index])
            self._queue.start_async(flight.tensor, share_inputs=True)
        except RuntimeError as error:
            self._spoil(plain(str(error)))
            raise
        self._flights[index] = flight

    def _spoil(self, text: str) -> None:
        """Fail what has ended: a queue that threw the error of one of them may have taken it from its request."""
        self.is_spoiled = True
        for flight in self._flights:
            if flight is not None and flight.wait(0):
                flight.fail(text)

    def free(self, index: int) -> None:
        """Note that the result of a request was read."""
        self._flights[index] = None
