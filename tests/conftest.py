"""Fixtures that every test may ask for, and the rule about assets: a set path that is wrong fails, it never skips."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No duration is asserted, so neither does Hypothesis: a busy machine must not fail a property.
# CI judges a change by the same examples each time; chance is for people's machines, where a find is kept and mended.
settings.register_profile(
    "vinofleet",
    settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("vinofleet")

ASSETS_VARIABLE = "VINOFLEET_ASSETS"


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of models and clips (`models/`, `videos/`), read-only.

    Without the variable a test is skipped with the reason; with one that names no such folder it fails, so that a
    machine which is meant to have assets (CI sets the variable) cannot pass by skipping.
    """
    value = os.environ.get(ASSETS_VARIABLE)
    if not value:
        pytest.skip(f"{ASSETS_VARIABLE} is not set: no models and clips here")
    path = Path(value)
    missing = [name for name in ("models", "videos") if not (path / name).is_dir()]
    if missing:
        pytest.fail(f"{ASSETS_VARIABLE}={value} holds no {' and no '.join(missing)}")
    return path
