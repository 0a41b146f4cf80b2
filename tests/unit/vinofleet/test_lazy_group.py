"""Subcommands that are imported when they are run."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from vinofleet.lazy_group import LazyGroup

GROUP = LazyGroup(
    name="group",
    table={
        "devices": ("vinofleet.devices:command", "What there is."),
        "broken": ("vinofleet.no_such_module:command", "What is not there."),
    },
)


def test_help_shows_the_table_and_imports_none_of_it() -> None:
    """One of its modules does not even exist."""
    text = CliRunner().invoke(GROUP, ["--help"]).output
    assert text.index("  devices  What there is.") < text.index("  broken   What is not there.")
    assert GROUP.list_commands(click.Context(GROUP)) == ["devices", "broken"]


def test_a_shell_is_told_names_from_the_table_and_options() -> None:
    """Again without an import."""
    context = click.Context(GROUP)
    assert [item.value for item in GROUP.shell_complete(context, "")] == ["devices", "broken"]
    assert [item.value for item in GROUP.shell_complete(context, "br")] == ["broken"]
    assert [item.value for item in GROUP.shell_complete(context, "--h")] == ["--help"]


def test_a_subcommand_is_imported_by_its_name() -> None:
    """There is none for another one."""
    context = click.Context(GROUP)
    found = GROUP.get_command(context, "devices")
    assert found is not None
    assert "inference devices" in str(found.help)
    assert GROUP.get_command(context, "other") is None
    with pytest.raises(ImportError):
        GROUP.get_command(context, "broken")
