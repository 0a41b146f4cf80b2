"""What tests of `vinofleet keys` share: two machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.vinofleet.keys.machine import Machine


@pytest.fixture
def first(tmp_path: Path) -> Machine:
    """A machine without keys."""
    return Machine(tmp_path / "first" / "keys.json")


@pytest.fixture
def second(tmp_path: Path) -> Machine:
    """Another one."""
    return Machine(tmp_path / "second" / "keys.json")
