"""OpenVINO without what only converts models and reports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "program", ["import worker.openvino_engine", "from worker import devices; devices.list_devices()"]
)
def test_neither_the_converter_nor_its_telemetry_is_imported(program: str, tmp_path: Path) -> None:
    """Importing all of OpenVINO would report to a web service and leave files in the user's home."""
    shown = "; import sys; print(sorted(name for name in sys.modules if 'telemetry' in name or '.ovc.' in name))"
    home = tmp_path / "home"
    home.mkdir()
    own = {"HOME": str(home), "XDG_CACHE_HOME": str(tmp_path / "cache")}  # what vinofleet keeps has its place
    environment = {**os.environ, **own, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-c", program + shown]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.strip() == "[]"
    assert list(home.iterdir()) == []
