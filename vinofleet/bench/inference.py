"""Inference alone: a job's model as a worker has it, and frames that lie in memory.

What this file does not know: where frames come from, what a worker does besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.job import JobDocument
from vinofleet.measure.device import device_alone
from worker.engine import EngineOptions
from worker.lean_openvino import ov
from worker.openvino_model import engine_info, load_model, tensor_shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def inferred(
    job: JobDocument, graph: Path, device: dict[str, Any], pixels: Sequence[NDArray[np.uint8]], count: int
) -> dict[str, Any]:
    """Infer frames again and again, with as many requests as a worker would have.

    Args:
        job: what is to be found, how.
        graph: the model's file, beside the others of the job.
        device: options of the engine, by name.
        pixels: uint8 [job.input.nbytes], at least one.
        count: at least so many inferences.

    Returns:
        Notes: inferences a second, CPU milliseconds of each, what the device says of itself.

    Raises:
        ModelError: the model cannot be used.
        DeviceError: the device cannot.
    """
    options = EngineOptions(**device)
    compiled = load_model(job, graph.parent, options)
    tensors = [ov.Tensor(each.reshape(tensor_shape(job.input)), shared_memory=True) for each in pixels]
    requests, fps, cpu_ms = device_alone(compiled, tensors, count, options.nireq or 0)
    return {"fps": fps, "cpu_ms": cpu_ms, "engine": asdict(engine_info(compiled, options.device, requests))}
