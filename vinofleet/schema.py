"""The command `vinofleet schema`: prints the JSON schemas of the files that a user's programs meet."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import click

NAMES: Final = ("report", "results", "config", "inspect", "status", "compare", "bench", "tune", "devices", "keys")


def schema_text(name: str) -> str:
    """The schema of this name, one of `NAMES`, as JSON text (draft 2020-12) that ends in a newline."""
    return files("vinofleet").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", type=click.Choice(NAMES))
def command(name: str) -> None:
    """Print the JSON schema of a file.

    That of a run's --report, of one line of --json's results, of run's --config (as the object that its TOML stands
    for), or of what `models inspect`, `status`,
    `devices` or `keys list` prints, or `compare`, `bench` or `tune` writes with --json.
    """
    click.echo(schema_text(name), nl=False)
