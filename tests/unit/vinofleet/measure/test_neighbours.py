"""Whoever else used the machine is noticed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from vinofleet.measure import neighbours
from vinofleet.measure.neighbours import Neighbours


def stat(path: Path, seconds: float) -> Path:
    """A file as /proc/stat, of which so many seconds were not idle."""
    ticks = int(seconds * os.sysconf("SC_CLK_TCK"))
    path.write_text(f"cpu  {ticks} 0 0 99999 7 0 0 0 0 0\ncpu0 1 2 3\n")
    return path


@pytest.fixture(autouse=True)
def whole_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process may use every core."""
    monkeypatch.setattr(neighbours, "usable_cores", lambda: list(range(os.cpu_count() or 1)))


def test_what_is_not_ours_is_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the second; what this process and its children used is taken away."""
    times, used = iter([100.0, 110.0]), iter([1.0, 6.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    monkeypatch.setattr(neighbours, "_own_s", lambda: next(used))
    watching = Neighbours(stat(tmp_path / "stat", 50.0))
    stat(tmp_path / "stat", 70.0)
    assert watching.cores() == pytest.approx(1.5)


def test_where_it_cannot_be_known_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such file, another form of it, or a part of the machine only."""
    assert Neighbours(tmp_path / "missing").cores() is None
    (tmp_path / "other").write_text("none\n")
    assert Neighbours(tmp_path / "other").cores() is None
    monkeypatch.setattr(neighbours, "usable_cores", list[int])
    assert Neighbours(stat(tmp_path / "stat", 1.0)).cores() is None
