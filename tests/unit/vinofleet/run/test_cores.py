"""Parts of a machine's cores."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinofleet.run import cores
from vinofleet.run.cores import shares, usable_cores

CORES = st.lists(st.integers(0, 500), min_size=1, max_size=64, unique=True)


@given(CORES, st.integers(1, 80))
def test_shares_are_disjoint_and_use_every_core(all_cores: list[int], workers: int) -> None:
    """They differ by one core at most; there are none where a worker would have no core."""
    parts = shares(all_cores, workers)
    if workers > len(all_cores):
        assert parts is None
        return
    assert parts is not None
    sizes = [len(part) for part in parts]
    assert len(parts) == workers
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == len(all_cores)
    assert frozenset().union(*parts) == set(all_cores)


def test_the_threads_of_one_core_stay_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers on one physical core would each have half of it."""
    for core in range(4):
        folder = tmp_path / f"cpu{core}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{core % 2},{core % 2 + 2}\n")
    monkeypatch.setattr(cores, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3}, raising=False)
    assert usable_cores() == [0, 2, 1, 3]
    assert shares(usable_cores(), 2) == [frozenset({0, 2}), frozenset({1, 3})]


def test_a_machine_that_tells_nothing_has_its_cores_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that this process may use."""
    monkeypatch.setattr(cores, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {7, 3}, raising=False)
    assert usable_cores() == [3, 7]


def test_a_system_without_masks_has_all_its_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as it counts."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert usable_cores() == [0, 1, 2]
