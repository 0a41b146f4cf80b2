"""The command's own words and defaults."""

from __future__ import annotations

import inspect
from dataclasses import fields

import click
from click.testing import CliRunner

from vinofleet.cli import COMMANDS
from worker.app import WorkerOptions
from worker.cli import command


def test_its_help_begins_as_the_list_of_commands_says() -> None:
    """One text in two places."""
    assert inspect.getdoc(command.callback).splitlines()[0] == COMMANDS["worker"][1]  # type: ignore[union-attr]


def test_every_option_has_its_place_in_the_options() -> None:
    """What click passes is what WorkerOptions takes, with the same defaults."""
    context = command.make_context("worker", ["--connect", "tcp://127.0.0.1:1"])
    assert context.params.pop("parent") is None
    assert set(context.params) == {field.name for field in fields(WorkerOptions)}
    assert WorkerOptions(**context.params) == WorkerOptions(("tcp://127.0.0.1:1",))


def test_a_producer_must_be_named() -> None:
    """Without --connect it is a usage error."""
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 2
    assert "--connect" in result.output


def test_examples_are_shown_as_written() -> None:
    """Each on a line of its own."""
    assert "\n    vinofleet worker --connect tcp://127.0.0.1:5555\n" in CliRunner().invoke(command, ["--help"]).output


def test_a_device_completes_to_those_that_are_here_and_to_what_combines_them() -> None:
    """And `run` and `compare` have the same option."""
    (device,) = (each for each in command.params if each.name == "device")
    found = [item.value for item in device.shell_complete(click.Context(command), "")]
    assert "CPU" in found
    assert "AUTO" in found
    assert [item.value for item in device.shell_complete(click.Context(command), "C")] == ["CPU"]
