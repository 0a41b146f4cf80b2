"""The command `vinofleet keys show`: the public half of this machine's key."""

from __future__ import annotations

from pathlib import Path

import click

from common.keyfile import default_path, read_keyring
from common.params import keys_option
from vinofleet.keys.wording import full


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@keys_option
def command(keys: Path | None) -> None:
    """Print what others know this machine by.

    NAME:KEY, for `vinofleet keys allow` or `vinofleet keys new --trust` on another machine. It is no secret; but send
    it by a way on which nobody can change it, such as ssh.
    """
    click.echo(full(read_keyring(default_path() if keys is None else keys)))
