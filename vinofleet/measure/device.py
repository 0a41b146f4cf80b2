"""The device alone: tensors inferred again and again, as many at a time as it wants; what benchmark_app measures.

What this file does not know: models, and what is in a tensor.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Final

from worker.lean_openvino import ov

LEAST_S: Final = 2.0
"""How long it is measured at least."""

_KEPT: Final[list[ov.AsyncInferQueue]] = []


def kept_queue(compiled: ov.CompiledModel, requests: int) -> ov.AsyncInferQueue:
    """A queue of so many requests (0: as many as the device wants), which this process never destroys.

    When all requests are done, the thread of the last callback may not be, and if it is the last that holds the queue,
    it destroys the threads of which it is one, which aborts the process ("Resource deadlock avoided", one of 20 short
    runs with OpenVINO 2026.4; waiting for each request does not help). Who has one leaves with `os._exit`.
    """
    queue = ov.AsyncInferQueue(compiled, requests)
    _KEPT.append(queue)
    return queue


def device_alone(
    compiled: ov.CompiledModel, tensors: Sequence[ov.Tensor], count: int, requests: int = 0
) -> tuple[int, float, float]:
    """Infer tensors in turn, at least `count` and for `LEAST_S`.

    Args:
        compiled: the model.
        tensors: its inputs.
        count: at least so many inferences.
        requests: at a time; 0 for as many as the device wants.

    Returns:
        The number of requests, inferences a second, CPU milliseconds of each.
    """
    queue = kept_queue(compiled, requests)
    inputs = cycle(tensors)

    def infer(times: int) -> None:
        for tensor in islice(inputs, times):
            queue.start_async({0: tensor}, share_inputs=True)
        queue.wait_all()

    infer(2 * len(queue))  # the first of each request allocates
    each = max(count, len(queue))
    began, began_cpu, done = time.perf_counter(), time.process_time(), 0
    while done < count or time.perf_counter() - began < LEAST_S:
        infer(each)
        done += each
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    return len(queue), done / seconds, 1000 * cpu_s / done
