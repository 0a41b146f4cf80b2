"""Which modes there are, and in which order they are measured."""

from __future__ import annotations

from vinofleet.compare.modes import KINDS, fleet_sizes, modes_of


def test_all_modes_of_two_workers() -> None:
    """In the notebook's order, then fleets; each has a name of its own."""
    names = [mode.name for mode in modes_of(KINDS, 2)]
    assert names == ["sync", "async", "queue-latency", "queue-throughput", "fleet-1", "fleet-2"]


def test_a_subset_keeps_that_order_whatever_was_written() -> None:
    """And nothing comes twice."""
    assert [mode.name for mode in modes_of(("fleet", "sync", "sync"), 1)] == ["sync", "fleet-1"]


def test_fleets_grow_one_by_one_then_double() -> None:
    """The largest is always the one asked for: 64 cores are no 64 fleets."""
    assert fleet_sizes(1) == [1]
    assert fleet_sizes(3) == [1, 2, 3]
    assert fleet_sizes(8) == [1, 2, 3, 4, 8]
    assert fleet_sizes(12) == [1, 2, 3, 4, 8, 12]
