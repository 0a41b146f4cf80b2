"""`vinofleet keys`: what it lists and what it loads."""

from __future__ import annotations

import subprocess
import sys

import click

from vinofleet.keys import cli

HEAVY = ("av", "cv2", "openvino", "numpy", "zmq", "filelock", "rich", "producer", "worker", "collector")


def test_every_subcommand_loads_and_its_own_help_begins_like_the_table() -> None:
    """The table's places exist, and its lines do not drift."""
    for name, (_, line) in cli.TABLE.items():
        command = cli.command.get_command(click.Context(cli.command), name)
        assert command is not None, name
        assert " ".join((command.help or "").split()).startswith(line), name


def test_help_loads_no_role_and_no_heavy_library() -> None:
    """Of the command itself, and of the subcommands that will need them."""
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom vinofleet.cli import cli\n"
        f"for name in ({', '.join(map(repr, cli.TABLE))}):\n"
        "    assert CliRunner().invoke(cli, ['keys', name, '--help']).exit_code == 0\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "LOADED []\n"
