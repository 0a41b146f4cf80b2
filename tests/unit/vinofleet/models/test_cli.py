"""`vinofleet models`: what it lists and what it loads."""

from __future__ import annotations

import subprocess
import sys

import click

from vinofleet.models import cli

HEAVY = ("av", "cv2", "openvino", "numpy", "zmq", "requests", "filelock", "rich", "producer", "worker", "collector")


def test_every_subcommand_loads_and_its_own_help_begins_like_the_table() -> None:
    """The table's places exist, and its lines do not drift."""
    for name, (_, line) in cli.TABLE.items():
        command = cli.command.get_command(click.Context(cli.command), name)
        assert command is not None, name
        assert " ".join((command.help or "").split()).startswith(line), name


def test_help_loads_no_role_and_no_heavy_library() -> None:
    """Of the command itself, and of the subcommand that will need them."""
    program = (
        "import sys\nfrom vinofleet.cli import main\ntry:\n    main()\n"
        f"except SystemExit as left:\n    print('LOADED', [m for m in {HEAVY!r} if m in sys.modules], left.code)\n"
    )
    for words in (["models", "--help"], ["models", "fetch", "--help"], ["models", "list", "--help"]):
        done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "LOADED [] 0", words
