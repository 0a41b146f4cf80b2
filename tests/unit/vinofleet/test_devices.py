"""`vinofleet devices`: a table for people, JSON for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict

import jsonschema
import pytest
from click.testing import CliRunner

from vinofleet import devices
from vinofleet.schema import schema_text
from worker.devices import DeviceFacts

CPU = DeviceFacts("CPU", "A processor", ("FP32", "INT8"), "f32", "THROUGHPUT", 4, 4, ("CPU",))
GPU = DeviceFacts("GPU", "A graphics card", ("FP16",), problem="device GPU cannot run the model (no memory)")
AUTO = DeviceFacts("AUTO", "", (), "", "THROUGHPUT", 0, 6, ("GPU",))


def printed(monkeypatch: pytest.MonkeyPatch, found: list[DeviceFacts], *arguments: str) -> str:
    """What it says of a machine with these devices."""
    monkeypatch.setattr(devices, "list_devices", lambda: found)
    return CliRunner().invoke(devices.command, arguments).output


def test_a_line_a_device_that_begins_with_the_name_that_workers_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then full names and capabilities, and why a device could not be tried."""
    text = printed(monkeypatch, [CPU, GPU, AUTO])
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines()[1:4]}
    assert rows["CPU"] == ["THROUGHPUT", "f32", "4", "4", "CPU"]
    assert rows["GPU"] == ["-", "-", "-", "-", "-"]
    assert rows["AUTO"] == ["THROUGHPUT", "-", "-", "6", "GPU"]
    assert "CPU: A processor; can FP32, INT8" in text
    assert "GPU: not tried to the end, device GPU cannot run the model (no memory)" in text
    assert devices.ONLY_CPU not in text


def test_where_only_the_cpu_is_it_says_what_others_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line; where there is nothing at all, that is said."""
    assert devices.ONLY_CPU in printed(monkeypatch, [CPU, AUTO]).splitlines()
    assert printed(monkeypatch, []) == "OpenVINO finds no device here.\n"


def test_json_holds_what_the_list_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--json` prints one array, an object a device; without devices it is empty."""
    found = json.loads(printed(monkeypatch, [CPU, GPU, AUTO], "--json"))
    assert found == json.loads(json.dumps([asdict(device) for device in (CPU, GPU, AUTO)]))
    jsonschema.validate(found, json.loads(schema_text("devices")))
    assert json.loads(printed(monkeypatch, [], "--json")) == []
