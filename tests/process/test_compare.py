"""`vinofleet compare`: real processes, the real model, a small street."""

from __future__ import annotations

import json

import cv2
import jsonschema
import pytest

from common.exits import Exit
from tests.process.roles import Shell
from vinofleet.schema import schema_text

pytestmark = [pytest.mark.process, pytest.mark.slow]

STREET = "synthetic://street?size=320x180"


def test_one_process_and_a_fleet_find_the_same_and_are_measured(shell: Shell) -> None:
    """Figures of each, as the schema says; the chart is a picture; every run had the same frames."""
    ran = shell.run(
        "compare", STREET, "--skip-first-frames", "4", "--frames", "12", "--repeats", "1", "--workers", "1",
        "--modes", "sync,fleet", "--json", str(shell.folder / "fps.json"), "--chart", str(shell.folder / "fps.png"),
    )  # fmt: skip
    assert ran.ends() == Exit.OK, ran
    found = json.loads((shell.folder / "fps.json").read_text())
    jsonschema.validate(found, json.loads(schema_text("compare")))
    modes = {mode["name"]: mode for mode in found["modes"]}
    assert list(modes) == ["sync", "fleet-1", "inference only"]
    assert (found["skipped_frames"], found["frames"]) == (4, 12)
    assert all(mode["fps"]["median"] > 0 for mode in modes.values())
    assert modes["fleet-1"]["agreement"]["detections"] > 0
    assert modes["sync"]["stages_ms"].keys() == {"decode", "preprocess", "infer", "draw"}
    assert any(line.startswith("detections agree in all runs") for line in ran.text)
    assert cv2.imread(str(shell.folder / "fps.png")) is not None
