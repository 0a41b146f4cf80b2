"""The command `vinofleet models path`: for scripts that want the file of a model that has a name."""

from __future__ import annotations

import click

from common import completing
from common.zoo.names import resolve


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", shell_complete=completing.models)
def command(name: str) -> None:
    """Print where a model's file is.

    NAME may have /PRECISION after it. It fails, with exit code 5, where the model is not on this machine or is damaged.
    """
    click.echo(resolve(name).path)
