"""The README says what the code does: its exit codes and the commands it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click

from common.exits import Exit
from vinofleet import cli

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def shown_commands() -> list[list[str]]:
    """Every `vinofleet ...` line of the README's code blocks, as words; continued lines are joined."""
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]
    return [line[1:] for line in words if line[:1] == ["vinofleet"]]


def test_the_table_of_exit_codes_is_the_enum() -> None:
    """Each code stands in the README with its name, in order, and none besides."""
    rows = re.findall(r"^\| (\d+) \| `([A-Z_]+)` \| \S", README, re.MULTILINE)
    assert [(int(code), name) for code, name in rows] == [(code.value, code.name) for code in Exit]


def test_the_readme_shows_every_role() -> None:
    """The quick start uses each role at least once."""
    assert {"producer", "worker", "collector"} <= {words[0] for words in shown_commands()}


def test_commands_shown_exist_with_the_options_shown() -> None:
    """A reader who copies a line meets no unknown command and no unknown option."""
    root = click.Context(cli.cli)
    for name, *words in shown_commands():
        if name.startswith("-"):
            continue
        command = cli.cli.get_command(root, name)
        assert command is not None, name
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        shown = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert shown <= known | {"--help", "-h", "--debug"}, name


def test_make_targets_named_exist() -> None:
    """Each `make TARGET` of the README is a target of the Makefile."""
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(
        re.findall(r"\bmake ([a-z-]+)", "\n".join(re.findall(r"`[^`]+`|^```.*?^```", README, re.DOTALL | re.MULTILINE)))
    )
    assert named
    assert named <= targets
