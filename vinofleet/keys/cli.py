"""The command `vinofleet keys`: its subcommands, loaded only when they are invoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from vinofleet.lazy_group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Final[Mapping[str, tuple[str, str]]] = {
    "new": ("vinofleet.keys.new:command", "Make this machine's key, and print what others know it by."),
    "show": ("vinofleet.keys.show:command", "Print what others know this machine by."),
    "allow": ("vinofleet.keys.allow:command", "Let another machine take part here."),
    "revoke": ("vinofleet.keys.revoke:command", "Let another machine no longer take part here."),
    "list": ("vinofleet.keys.listing:command", "List the machines that may take part here."),
}

EPILOG: Final = """\b
Two machines, three commands; the second takes what the first printed,
and the third what the second printed:
  first$   vinofleet keys new
  second$  vinofleet keys new --trust first:KEY
  first$   vinofleet keys allow second:KEY

NAME:KEY is no secret. What is secret stays in the key file, which belongs
to one user of one machine: --keys FILE, or else VINOFLEET_KEYS, or else
vinofleet/keys.json in the user's configuration.
"""


@click.group(cls=LazyGroup, table=TABLE, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
def command() -> None:
    """Make, show, allow and revoke the keys of machines.

    Not in force yet: no socket of this version reads the key file. Whatever other machines reach is in the clear, and
    needs --insecure, as before.
    """
