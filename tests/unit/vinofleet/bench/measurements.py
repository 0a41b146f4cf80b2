"""A measurement as if it had been done."""

from __future__ import annotations

from dataclasses import replace

from common.machine import machine_facts, versions
from vinofleet.bench.gap import Alone
from vinofleet.bench.result import Result
from vinofleet.measure.figures import Run

ENGINE = {"precision": "bf16", "requests": 2}
TRANSPORT_MS = {"run": 0.0, "producer": 0.5, "worker": 0.4, "collector": 0.1}
FLEET_MS = {"run": 0.0, "producer": 5.0, "worker": 11.4, "collector": 0.1}
ALONE = Alone(
    cores=2,
    inference_fps=200.0,
    prepare_fps=250.0,
    transport_fps=9000.0,
    inference_ms=10.0,
    decode_ms=3.0,
    prepare_ms=4.0,
    transport_ms=TRANSPORT_MS,
)


def runs(fps: float, cpu_ms: float | None, roles_ms: dict[str, float] | None = None) -> list[Run]:
    """Three repeats around a rate."""
    base = Run(fps, cpu_ms, None, 200.0, 5.0, 6.0, roles_ms or {}, engine=ENGINE)
    return [replace(base, fps=value) for value in (fps, fps - 2, fps + 1)]


def measured() -> Result:
    """A measurement of two cores, with all figures."""
    return Result(
        source="/videos/clip.mp4",
        model="m",
        passed={"device": "CPU", "precision": "default", "hint": "throughput"},
        frames=300,
        skipped=0,
        workers=1,
        input_size=(512, 512),
        detections=5.5,
        runs={
            "inference": runs(200.0, 10.0),
            "check": runs(198.0, None),
            "decode": runs(330.0, 3.0),
            "prepare": runs(250.0, 4.0),
            "fleet": runs(120.0, 16.5, FLEET_MS),
            "flat-out": runs(9000.0, 0.2, TRANSPORT_MS),
            "paced": runs(120.0, 1.0, TRANSPORT_MS),
        },
        unchecked="",
        others_cores=0.02,
        machine=machine_facts() | {"usable_cores": 2},
        versions=versions(),
    )
