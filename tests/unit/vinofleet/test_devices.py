"""`vinofleet devices`: a table for people, JSON for scripts."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from vinofleet import devices


def test_the_cpu_is_listed_by_the_name_that_workers_take() -> None:
    """OpenVINO always offers CPU; its line begins with that name."""
    lines = CliRunner().invoke(devices.command, []).output.splitlines()
    assert any(line.startswith("CPU  ") for line in lines)


def test_json_holds_what_the_list_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--json` prints one array, an object a device; without devices it is empty."""
    found = json.loads(CliRunner().invoke(devices.command, ["--json"]).output)
    assert "CPU" in [device["name"] for device in found]
    monkeypatch.setattr(devices, "list_devices", list)
    assert json.loads(CliRunner().invoke(devices.command, ["--json"]).output) == []
