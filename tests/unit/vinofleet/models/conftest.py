"""What tests of `vinofleet models` share: caches of their own, and a mirror with small files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.common.zoo.small import SmallZoo, small_zoo_in


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of inspections that no other test has."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallZoo]:
    """Nine models of small files, to which the environment points."""
    with small_zoo_in(tmp_path, monkeypatch) as zoo:
        yield zoo
