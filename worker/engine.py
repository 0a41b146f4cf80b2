"""What a worker asks of an inference engine, and which engine a job asks for.

Guarantees of every engine (one set of contract tests runs against each):
- each submitted token comes back in exactly one `Completion`, unless the request hangs;
- the pixels are referenced until then, and are never written to nor copied;
- a failure while inferring or decoding is a `Completion` with an error, not an exception somewhere else;
- a picture that nothing is in (`neutral_picture`) fails only if the engine can infer nothing.

A request that hangs is the caller's to notice: `submit` never blocks, but `close` waits for what is under way. A worker
whose request passed its deadline therefore leaves with `os._exit(Exit.ENGINE_HUNG)`: `close` would wait for ever, and
`sys.exit` would run finalisers beside a live request.

What this file does not know: sessions, slots, leases, OpenVINO.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np

from common.job import JobDocument
from worker.pace import Pace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.job import InputSpec

Hint = Literal["throughput", "latency", "none"]

NEUTRAL: Final = 128
"""Grey: neither black nor white, so no model has a reason to divide by what it finds."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How this machine runs the job; nothing here changes what is computed. None leaves the choice to the device.

    Attributes:
        device: an OpenVINO device string (CPU, GPU.1, NPU, AUTO, MULTI:, HETERO:, BATCH:), passed on as it is.
        hint: OpenVINO's performance hint.
        streams: inferences that run at the same time.
        nireq: requests, which is the number of frames under way.
        threads: CPU threads of all streams together.
        cache_dir: where compiled models are kept, of devices that take long to compile one (not the CPU).
        pin: whether inference threads stay on their cores; several workers on one host should not.
    """

    device: str = "CPU"
    hint: Hint = "throughput"
    streams: int | None = None
    nireq: int | None = None
    threads: int | None = None
    cache_dir: Path | None = None
    pin: bool | None = None


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What runs, for the report.

    Attributes:
        kind: `openvino` or `scripted`.
        device: the device string asked for.
        device_name: its full name, for people.
        precision: what the device really infers in (a CPU without bf16 runs f32); `default` where it does not say.
        streams: inferences that run at the same time, 0 where the device does not say.
        requests: frames that keep the device busy.
        version: the engine's version.
    """

    kind: str
    device: str
    device_name: str
    precision: str
    streams: int
    requests: int
    version: str


@dataclass(frozen=True, slots=True)
class Completion:
    """How one submitted frame ended.

    Attributes:
        token: the caller's.
        detections: float32 [N, 6], C-contiguous, rows x1 y1 x2 y2 score class in pixels of the original frame; None
            when it failed.
        error: one line, empty when it did not fail.
        infer_us: microseconds from its start to its end, waiting for a free stream included, decoding not.
    """

    token: int
    detections: NDArray[np.float32] | None
    error: str
    infer_us: int


class Engine(Protocol):
    """A device with the job's model on it.

    Attributes:
        info: for the report.
        requests: frames under way that keep the device busy.
        depth: frames that may be under way, at least `requests`; what is more than those waits in the device.
        pace: how long completions may wait for company; may be set at any time.
    """

    info: EngineInfo
    requests: int
    depth: int
    pace: Pace

    def submit(self, token: int, pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> None:
        """Start one frame; never waits for an inference.

        Args:
            token: returned in the completion; no two frames under way share one.
            pixels: uint8, C-contiguous, `job.input.nbytes` long (its shape does not matter, it may be read-only). Not
                to be changed until the completion.
            frame_size: width and height of the original frame.

        The caller has fewer than `depth` under way, and does not call from within `on_done`.

        Raises:
            DeviceError: the device did not take it; there will be no completion and the pixels are free.
        """

    def close(self) -> None:
        """Wait for what is under way, then free the device. Not to be called while a request hangs."""


def neutral_picture(spec: InputSpec) -> NDArray[np.uint8]:
    """Return an input by which an engine shows that it works: uint8, `spec.nbytes` long, all of it `NEUTRAL`."""
    return np.full(spec.nbytes, NEUTRAL, np.uint8)


OnDone = Callable[[Sequence[Completion]], None]
"""Called from any thread with at least one, never twice for a token; quick, and does not raise."""


def make_engine(job: JobDocument, model_dir: Path, options: EngineOptions, on_done: OnDone) -> Engine:
    """Load the job's model onto the device.

    Args:
        job: what to infer.
        model_dir: holds `job.files` by their names.
        options: how to run it here.
        on_done: told of each completion.

    Raises:
        ModelError: the model cannot be read or does not fit the job.
        DeviceError: the device is missing or cannot run the model.
    """
    if job.engine == "scripted":
        from worker.scripted_engine import ScriptedEngine  # noqa: PLC0415 - an engine is loaded when it is used

        return ScriptedEngine(job, on_done)
    from worker.openvino_engine import OpenVinoEngine  # noqa: PLC0415 - as above: 0.3 s of imports

    return OpenVinoEngine(job, model_dir, options, on_done)
