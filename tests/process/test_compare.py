"""`vinofleet compare`: real processes, the real model, a small street."""

from __future__ import annotations

import json
import signal

import cv2
import jsonschema
import pytest

from common.exits import Exit
from tests.process.family import Family
from tests.process.roles import Shell, until
from vinofleet.schema import schema_text

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(180)]

STREET = "synthetic://street?frames=200&size=640x360"


def test_one_process_and_a_fleet_find_the_same_and_are_measured(shell: Shell) -> None:
    """Figures of each, as the schema says; the chart is a picture; every run had the same frames."""
    ran = shell.run(
        "compare", STREET, "--frames", "48", "--repeats", "1", "--workers", "1", "--modes", "sync,fleet",
        "--json", str(shell.folder / "fps.json"), "--chart", str(shell.folder / "fps.png"),
    )  # fmt: skip
    assert ran.ends() == Exit.OK, ran
    found = json.loads((shell.folder / "fps.json").read_text())
    jsonschema.validate(found, json.loads(schema_text("compare")))
    modes = {mode["name"]: mode for mode in found["modes"]}
    assert list(modes) == ["sync", "fleet-1", "inference only"]
    assert found["frames"] == 48
    assert all(mode["fps"]["median"] > 0 for mode in modes.values())
    assert modes["fleet-1"]["agreement"]["detections"] > 48
    assert modes["sync"]["stages_ms"].keys() == {"decode", "preprocess", "infer", "draw"}
    assert any(line.startswith("detections agree in all runs") for line in ran.text)
    assert cv2.imread(str(shell.folder / "fps.png")) is not None


def test_ctrl_c_leaves_nothing_behind(shell: Shell) -> None:
    """Neither the fleet that was running, nor a figure."""
    family = Family()
    street = STREET.replace("200", "100000")
    ran = shell.run("compare", street, "--frames", "100000", "--modes", "fleet", environment=family.environment)
    until(lambda: bool(family.processes("worker")))
    ran.signal(signal.SIGINT)
    assert ran.ends() == Exit.INTERRUPTED, ran
    until(lambda: not family.processes())
    assert not any("Traceback" in line or "FPS" in line for line in ran.text), ran
