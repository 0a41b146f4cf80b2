"""How many histories the simulation runs."""

from __future__ import annotations

import os

import pytest

HISTORIES_VARIABLE = "VINOFLEET_SIM_HISTORIES"
HISTORIES_DEFAULT = 300


@pytest.fixture
def histories() -> int:
    """How many seeds the bulk run takes."""
    return int(os.environ.get(HISTORIES_VARIABLE, HISTORIES_DEFAULT))
