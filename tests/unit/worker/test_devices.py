"""The devices of this machine."""

from __future__ import annotations

from worker.devices import list_devices


def test_the_cpu_is_listed_with_what_it_computes_in() -> None:
    """Every machine that OpenVINO runs on has a CPU that computes in FP32."""
    cpu = next(device for device in list_devices() if device.name == "CPU")
    assert cpu.full_name
    assert "FP32" in cpu.capabilities
    assert cpu.precision in {"f32", "bf16", "f16"}
    assert cpu.hint in {"LATENCY", "THROUGHPUT"}
