"""The options of `vinofleet compare`."""

from __future__ import annotations

import click
from click.testing import CliRunner

from vinofleet.compare.cli import command


def test_modes_that_are_none_are_a_usage_error() -> None:
    """Which names those that there are; after a comma they complete."""
    done = CliRunner().invoke(command, ["--modes", "sync,fast"])
    assert done.exit_code == 2
    assert "'fast' is none of sync, async, queue, fleet" in done.output
    (modes,) = (param for param in command.params if param.name == "modes")
    found = modes.shell_complete(click.Context(command), "sync,a")
    assert [item.value for item in found] == ["sync,async"]
