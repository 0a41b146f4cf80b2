"""Where a fleet's time goes, in figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.vinofleet.bench.measurements import ALONE, FLEET_MS
from vinofleet.bench.gap import gap_of


def test_all_of_the_cores_time_is_accounted_for() -> None:
    """What nobody can save, the transport, what parts take more in company, and idle cores: two cores' time a frame."""
    gap = gap_of(ALONE, 120.0, FLEET_MS)
    assert gap.floor_ms == pytest.approx(14.0)
    assert gap.transport_ms == pytest.approx(1.0)
    assert gap.beside_ms == pytest.approx({"run": 0.0, "producer": 0.5, "worker": 1.0, "collector": 0.0})
    parts = [gap.floor_ms, gap.transport_ms, *gap.beside_ms.values(), gap.idle_ms]
    assert sum(part for part in parts if part is not None) == pytest.approx(2000 / 120)


@pytest.mark.parametrize(
    ("changed", "bound", "possible_fps"),
    [
        ({}, "CPU", 2000 / 14),
        ({"prepare_fps": 100.0}, "decoding", 100.0),
        ({"inference_fps": 60.0, "inference_ms": 0.2}, "inference", 60.0),
        ({"transport_fps": 30.0}, "transport", 30.0),
    ],
)
def test_the_least_limit_is_what_is_possible(changed: dict[str, float], bound: str, possible_fps: float) -> None:
    """Whichever it is."""
    gap = gap_of(replace(ALONE, **changed), 20.0, FLEET_MS)  # type: ignore[arg-type] # figures alone
    assert gap.bound == bound
    assert gap.possible_fps == pytest.approx(possible_fps)
    assert gap.share == pytest.approx(20 / possible_fps)


def test_where_the_system_does_not_tell_cpu_time_there_are_rates_alone() -> None:
    """And no figure is invented."""
    untold = replace(ALONE, inference_ms=None, decode_ms=None, prepare_ms=None, transport_ms={})
    gap = gap_of(untold, 120.0, {})
    assert (gap.bound, gap.floor_ms, gap.transport_ms, gap.idle_ms, gap.beside_ms) == (
        "inference",
        None,
        None,
        None,
        {},
    )
