"""`vinofleet bench`: real processes, the real model, a small street."""

from __future__ import annotations

import json

import cv2
import jsonschema
import pytest

from common.exits import Exit
from tests.process.roles import Shell
from vinofleet.schema import schema_text

pytestmark = [pytest.mark.process, pytest.mark.slow]


def test_a_fleet_and_its_parts_are_measured_and_explained(shell: Shell) -> None:
    """Figures of each, as the schema says; the chart is a picture; nothing is left."""
    street = "synthetic://street?size=320x180"
    outputs = ("--json", str(shell.folder / "where.json"), "--chart", str(shell.folder / "where.png"))
    ran = shell.run("bench", street, "--frames", "16", "--repeats", "1", *outputs)
    assert ran.ends() == Exit.OK, ran
    found = json.loads((shell.folder / "where.json").read_text())
    jsonschema.validate(found, json.loads(schema_text("bench")))
    parts = {part["kind"]: part for part in found["parts"]}
    assert all(part["fps"]["median"] > 0 for part in parts.values())
    assert parts["fleet"]["roles_ms"].keys() >= {"producer", "worker", "collector"}
    assert found["gap"]["possible_fps"] == min(found["gap"]["limits_fps"].values())
    assert any("FPS possible" in line for line in ran.text)
    assert cv2.imread(str(shell.folder / "where.png")) is not None
