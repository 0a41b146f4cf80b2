"""The umbrella command: what it lists, what it loads and what it says of itself."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from common.messages import PROTOCOL
from vinofleet import cli

HEAVY = ("av", "cv2", "openvino", "numpy", "zmq", "producer", "worker", "collector")


def test_help_lists_every_command_with_its_line() -> None:
    """Help shows the table of commands, in its order."""
    text = CliRunner().invoke(cli.cli, ["--help"]).output
    places = [text.index(f"  {name} ") for name in cli.COMMANDS]
    assert places == sorted(places)
    assert all(line in text for _, line in cli.COMMANDS.values())


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"]])
def test_help_and_version_load_no_role_and_no_heavy_library(arguments: list[str]) -> None:
    """A process that only explains itself imports none of the roles and none of their libraries."""
    program = (
        "import sys\nfrom vinofleet.cli import main\ntry:\n    main()\n"
        f"except SystemExit as left:\n    print('LOADED', [m for m in {HEAVY!r} if m in sys.modules], left.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED [] 0"


def test_version_names_the_protocol_and_the_libraries() -> None:
    """A report of a defect can be written from `--version` alone."""
    lines = CliRunner().invoke(cli.cli, ["--version"]).output.splitlines()
    assert lines[0].startswith("vinofleet ")
    assert f"(protocol {PROTOCOL}, Python {sys.version_info.major}.{sys.version_info.minor}." in lines[0]
    assert [line.split()[0] for line in lines[1:]] == list(cli.LIBRARIES)


def test_version_says_so_when_a_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution that is not installed is named as such."""
    monkeypatch.setattr(cli, "LIBRARIES", ("no-such-distribution-of-ours",))
    assert cli.version_text().endswith("\nno-such-distribution-of-ours (not installed)")


def test_an_unknown_command_is_a_usage_error() -> None:
    """A mistyped subcommand exits 2 and names the word."""
    result = CliRunner().invoke(cli.cli, ["wrker"])
    assert result.exit_code == 2
    assert "'wrker'" in result.output


def test_every_command_loads_and_its_own_help_begins_like_the_table() -> None:
    """The table's places exist, and its lines do not drift from the commands' own help."""
    for name, (_, line) in cli.COMMANDS.items():
        command = cli.cli.get_command(click.Context(cli.cli), name)
        assert command is not None, name
        assert " ".join((command.help or "").split()).startswith(line), name
