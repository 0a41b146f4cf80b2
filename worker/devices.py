"""What inference devices this machine has, and what a worker makes of each, for `vinofleet devices`.

Each is tried: the embedded model is compiled for it as a worker would compile it, and then it is asked. So streams,
requests and precision are those of that model; another one may get others. What this file does not know: how a worker
compiles (`worker.openvino_model`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.errors import DeviceError

if TYPE_CHECKING:
    from common.job import JobDocument
    from worker.lean_openvino import ov

MODEL: Final = "vinofleet-person"
COMBINING: Final = ("AUTO", "MULTI", "HETERO")
"""Devices that choose among others, which are tried over all that there are."""


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One device.

    Attributes:
        name: what `--device` takes.
        full_name: what its maker calls it; empty of those that choose among others.
        capabilities: what it computes in, such as `FP32` and `INT8`, as OpenVINO lists it.
        precision: what it infers in unless a job asks otherwise; empty where it does not say.
        hint: the performance hint that a worker gives it unless it is told otherwise.
        streams: inferences at the same time; 0 where it does not say.
        requests: frames that a worker gives it at a time; 0 where it could not be tried.
        runs_on: the devices that really infer.
        problem: why it could not be tried; empty where it could.
    """

    name: str
    full_name: str
    capabilities: tuple[str, ...]
    precision: str = ""
    hint: str = ""
    streams: int = 0
    requests: int = 0
    runs_on: tuple[str, ...] = ()
    problem: str = ""


def list_devices() -> list[DeviceFacts]:
    """Return the devices that OpenVINO can use here, in its order, then those that choose among them.

    Raises:
        ModelError: the embedded model is missing.
    """
    from worker.lean_openvino import ov  # noqa: PLC0415 - --help needs none of it

    core = ov.Core()
    names = list(core.available_devices)
    job, folder = _embedded()
    over = ",".join(names)
    combining = [name if name == "AUTO" else f"{name}:{over}" for name in COMBINING] if names else []
    return [_tried(_named(core, name), job, folder) for name in names] + [
        _tried(DeviceFacts(name, "", ()), job, folder) for name in combining
    ]


def _embedded() -> tuple[JobDocument, Path]:
    """The job of the embedded model, and the folder of its files."""
    from common.job_builder import Wish, build_job  # noqa: PLC0415 - as above
    from common.model_choices import Asked  # noqa: PLC0415
    from common.zoo.names import resolve  # noqa: PLC0415

    model = resolve(MODEL)
    wish = Wish(threshold=0.5, asked=Asked(), precision="default", pixels=None)
    return build_job(str(model.path), model.entry, wish)[0], model.path.parent


def _named(core: ov.Core, device: str) -> DeviceFacts:
    full_name = str(core.get_property(device, "FULL_DEVICE_NAME")).strip()
    return DeviceFacts(device, full_name, tuple(core.get_property(device, "OPTIMIZATION_CAPABILITIES")))


def _tried(device: DeviceFacts, job: JobDocument, folder: Path) -> DeviceFacts:
    """Compile the job for a device, and add what it says of itself."""
    from worker.engine import EngineOptions  # noqa: PLC0415 - as above
    from worker.lean_openvino import ov  # noqa: PLC0415
    from worker.openvino_model import engine_info, load_model  # noqa: PLC0415

    options = EngineOptions(device=device.name)
    try:
        compiled = load_model(job, folder, options)
    except DeviceError as error:
        return DeviceFacts(device.name, device.full_name, device.capabilities, problem=error.what)
    info = engine_info(compiled, device.name, len(ov.AsyncInferQueue(compiled, 0)))
    try:
        runs_on = tuple(str(name).strip("()") for name in compiled.get_property("EXECUTION_DEVICES"))
    except RuntimeError:
        runs_on = ()
    return DeviceFacts(
        device.name,
        device.full_name,
        device.capabilities,
        precision="" if info.precision == "default" else info.precision,
        hint=options.hint.upper(),
        streams=info.streams,
        requests=info.requests,
        runs_on=runs_on,
    )
