"""What inference devices this machine has, for `vinofleet devices`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.lean_openvino import ov


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """One device.

    Attributes:
        name: what `--device` takes.
        full_name: what its maker calls it.
        capabilities: what it computes in, such as `FP32` and `INT8`, as OpenVINO lists it.
        precision: what it infers in unless a job asks otherwise; empty where it does not say.
        hint: its performance hint unless a worker asks otherwise; empty where it does not say.
    """

    name: str
    full_name: str
    capabilities: tuple[str, ...]
    precision: str
    hint: str


def list_devices() -> list[DeviceFacts]:
    """Return the devices that OpenVINO can use here, in its order."""
    from worker.lean_openvino import ov  # noqa: PLC0415 - --help needs none of it

    core = ov.Core()
    return [_facts(core, name) for name in core.available_devices]


def _facts(core: ov.Core, device: str) -> DeviceFacts:
    known = core.get_property(device, "SUPPORTED_PROPERTIES")
    precision, hint = (
        core.get_property(device, name) if name in known else None
        for name in ("INFERENCE_PRECISION_HINT", "PERFORMANCE_HINT")
    )
    return DeviceFacts(
        name=device,
        full_name=str(core.get_property(device, "FULL_DEVICE_NAME")).strip(),
        capabilities=tuple(core.get_property(device, "OPTIMIZATION_CAPABILITIES")),
        precision="" if precision is None else precision.to_string(),
        hint="" if hint is None else getattr(hint, "name", str(hint)),
    )
