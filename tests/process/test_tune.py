"""`vinofleet tune`: real fleets, the real model, a small street."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import pytest

from common.exits import Exit
from tests.process.roles import Shell
from vinofleet.schema import schema_text

pytestmark = [pytest.mark.process, pytest.mark.slow]


def test_a_setting_is_tried_and_written(shell: Shell) -> None:
    """With time for one, it is the defaults; what is written is what `run --config` takes."""
    config, figures = shell.folder / "fleet.toml", shell.folder / "tune.json"
    street = "synthetic://street?size=320x180&frames=200"
    ran = shell.run("tune", street, "--seconds", "1", "--config", str(config), "--json", str(figures))
    assert ran.ends() == Exit.OK, ran
    found = json.loads(figures.read_text())
    jsonschema.validate(found, json.loads(schema_text("tune")))
    assert [len(each["runs"]) for each in found["tried"]] == [1]
    assert tomllib.loads(config.read_text())["model"] == "vinofleet-person"
    again = shell.run("run", "--config", str(config), "--json", str(shell.folder / "out.jsonl"), "--frames", "5")
    assert again.ends() == Exit.OK, again
    assert [row["frame"] for row in shell.rows()] == list(range(5))
