"""The devices of this machine, and what a worker makes of them."""

from __future__ import annotations

import pytest

from worker import devices
from worker.devices import DeviceFacts, list_devices


@pytest.fixture(scope="module")
def found() -> dict[str, DeviceFacts]:
    """Those of this machine, by name."""
    return {device.name: device for device in list_devices()}


def test_the_cpu_is_listed_with_what_it_computes_in(found: dict[str, DeviceFacts]) -> None:
    """Every machine that OpenVINO runs on has a CPU that computes in FP32; a worker was tried on it."""
    cpu = found["CPU"]
    assert cpu.full_name
    assert "FP32" in cpu.capabilities
    assert cpu.precision in {"f32", "bf16", "f16"}
    assert cpu.hint == "THROUGHPUT"
    assert min(cpu.streams, cpu.requests) >= 1
    assert cpu.runs_on == ("CPU",)
    assert cpu.problem == ""


def test_those_that_choose_among_others_say_whom(found: dict[str, DeviceFacts]) -> None:
    """AUTO always has an answer where there is a CPU."""
    assert found["AUTO"].runs_on
    assert {name.partition(":")[0] for name in found} >= {"AUTO", "MULTI", "HETERO"}


def test_a_device_that_cannot_run_the_model_is_listed_with_why() -> None:
    """A driver that is broken hides no other device."""
    job, folder = devices._embedded()
    tried = devices._tried(DeviceFacts("NPU.9", "A device", ("INT8",)), job, folder)
    assert (tried.name, tried.full_name, tried.requests) == ("NPU.9", "A device", 0)
    assert "NPU.9 cannot run the model" in tried.problem
