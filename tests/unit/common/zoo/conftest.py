"""A mirror with small files under the shipped manifest's names, and a store that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.common.zoo.small import SmallZoo, small_zoo_in


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallZoo]:
    """Nine models of small files, to which the environment points."""
    with small_zoo_in(tmp_path, monkeypatch) as zoo:
        yield zoo
