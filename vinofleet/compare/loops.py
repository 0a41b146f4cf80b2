"""One process, as OpenVINO's notebook on asynchronous inference has it: three ways to go through frames, and none.

What the notebook does for a frame is done here: read, resize, transpose, infer, draw boxes, scores and frames a second.
What it did wrong is not: each frame is counted once, drawn in its order, in the model's colours, with its rate whether
or not anything is found. It shows nothing and encodes nothing, as nothing does here.

What this file does not know: where frames come from, what is measured besides stages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from vinofleet.compare.detector import Detector
from vinofleet.compare.modes import QUEUE_REQUESTS, Hint
from vinofleet.compare.screen import Screen
from vinofleet.compare.stages import Stages
from vinofleet.measure.device import device_alone, kept_queue
from worker.lean_openvino import ov

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Frame = NDArray[np.uint8]


def sync(frames: Iterable[Frame], detector: Detector, screen: Screen, stages: Stages) -> int:
    """One thing after the other. Returns the number of requests, as all of these do."""
    request = detector.compiled.create_infer_request()
    for frame in stages.timed("decode", frames):
        with stages("preprocess"):
            prepared = detector.prepare(frame)
        with stages("infer"):
            _set(request, prepared)
            request.infer()
        _show(request, frame, detector, screen, stages)
    return 1


def swapped(frames: Iterable[Frame], detector: Detector, screen: Screen, stages: Stages) -> int:
    """Two requests: while one infers, the next frame is read and prepared, and the one before drawn."""
    current, following = detector.compiled.create_infer_request(), detector.compiled.create_infer_request()
    shown: Frame | None = None
    for frame in stages.timed("decode", frames):
        with stages("preprocess"):
            prepared = detector.prepare(frame)
        _set(following, prepared)
        following.start_async()
        if shown is not None:
            _finish(current, shown, detector, screen, stages)
        shown = frame
        current, following = following, current
    if shown is not None:
        _finish(current, shown, detector, screen, stages)
    return 2


def queued(frames: Iterable[Frame], detector: Detector, screen: Screen, stages: Stages, hint: Hint) -> int:
    """A queue of requests with a callback, which draws what is next in order."""
    queue = kept_queue(detector.compiled, QUEUE_REQUESTS if hint == "latency" else 0)
    turn = _InTurn(detector, screen, stages)
    queue.set_callback(turn.called_back)
    for number, frame in enumerate(stages.timed("decode", frames)):
        with stages("preprocess"):
            prepared = detector.prepare(frame)
        queue.start_async({0: prepared}, (number, frame, time.perf_counter()))
    queue.wait_all()
    turn.check()
    return len(queue)


def ceiling(frame: Frame, detector: Detector, count: int) -> tuple[int, float, float]:
    """One tensor, inferred again and again; see `vinofleet.measure.device`."""
    return device_alone(detector.compiled, [ov.Tensor(np.ascontiguousarray(detector.prepare(frame)))], count)


class _InTurn:
    """Results, drawn in the order of their frames by whoever brings the one that is next."""

    def __init__(self, detector: Detector, screen: Screen, stages: Stages) -> None:
        self._detector, self._screen, self._stages = detector, screen, stages
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[Frame, NDArray[np.float32]]] = {}
        self._next = 0
        self._error: Exception | None = None

    def called_back(self, request: ov.InferRequest, about: tuple[int, Frame, float]) -> None:
        """Take a result; runs in an inference thread."""
        number, frame, started = about
        infer_s = time.perf_counter() - started
        try:
            found = self._detector.found(request, frame)
            with self._lock:
                self._stages.add("infer", infer_s)
                self._waiting[number] = frame, found
                self._draw()
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it
            self._error = error

    def check(self) -> None:
        """Raise what a callback could not."""
        if self._error is not None:
            raise self._error

    def _draw(self) -> None:
        while (ready := self._waiting.pop(self._next, None)) is not None:
            with self._stages("draw"):
                self._screen.show(*ready)
            self._next += 1


def _set(request: ov.InferRequest, prepared: NDArray[Any]) -> None:
    request.set_input_tensor(ov.Tensor(prepared))


def _finish(request: Any, frame: Frame, detector: Detector, screen: Screen, stages: Stages) -> None:  # noqa: ANN401 - OpenVINO ships no types
    with stages("wait"):
        request.wait()
    _show(request, frame, detector, screen, stages)


def _show(request: Any, frame: Frame, detector: Detector, screen: Screen, stages: Stages) -> None:  # noqa: ANN401 - as above
    with stages("draw"):
        screen.show(frame, detector.found(request, frame))
