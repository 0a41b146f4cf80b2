"""A comparison as if it had been measured."""

from __future__ import annotations

from dataclasses import replace

from common.machine import machine_facts, versions
from vinofleet.compare.agreement import Agreement
from vinofleet.compare.modes import CEILING, KINDS, modes_of
from vinofleet.compare.result import Result
from vinofleet.measure.figures import Run

ENGINE = {"precision": "bf16", "requests": 2, "streams": 1}
SYNC_MS = {"decode": 5.0, "preprocess": 3.0, "infer": 10.0, "draw": 2.0}


def runs(fps: float, **more: object) -> list[Run]:
    """Three repeats around a rate."""
    base = Run(fps, 20.0, 0.8, 200.0, 5.0, 6.0, {}, SYNC_MS, ENGINE)
    return [replace(base, fps=value, **more) for value in (fps, fps - 2, fps + 1)]  # type: ignore[arg-type]


def compared() -> Result:
    """A comparison on a machine whose CPU time and memory nobody tells for the async mode."""
    modes = modes_of(KINDS, 2)
    fleet = {
        mode.name: runs(90.0 + mode.workers, stages_ms={"decode": 4.5, "prepare": 1.5}, engine={}) for mode in modes[4:]
    }
    single = {mode.name: runs(50.0 + 10 * number) for number, mode in enumerate(modes[:4])}
    single["async"] = runs(60.0, cpu_ms=None, peak_mb=None)
    return Result(
        source="clip.mp4",
        model="m",
        device="CPU",
        precision="default",
        draw=True,
        threshold=0.5,
        skipped=0,
        frames=300,
        modes=[*modes, CEILING],
        runs={**single, **fleet, CEILING.name: runs(120.0, first_s=None)},
        agreements={mode.name: Agreement(1000, 11, 0.05) for mode in modes},
        machine=machine_facts(),
        versions=versions(),
    )
