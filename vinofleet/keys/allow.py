"""The command `vinofleet keys allow`: another machine's key, and what it may do here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from common.keyfile import change_keyring, default_path
from common.keyring import AllowedKey, Role, parse_key_text
from common.params import keys_option
from vinofleet.keys.edits import allowing, replacing
from vinofleet.keys.new import today
from vinofleet.keys.wording import roles_text

EPILOG: Final = """\b
Examples:
  vinofleet keys allow second:KEY
  vinofleet keys allow second:KEY --role worker --role status
  vinofleet keys allow first:KEY --role producer --role collector
  vinofleet keys allow second:KEY --replace

\b
Roles, as this machine sees the other one:
  worker     it may ask this machine's producers for frames, and send results
  producer   this machine's workers may work for it, and it may open streams
             at this machine's collectors
  collector  this machine's workers may send it results, and its producers
             may open streams there
  status     it may ask this machine's processes how they are
"""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("key", metavar="NAME:KEY")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    multiple=True,
    help="What it may do here, besides what it may do already; may be given several times.  [default: worker]",
)
@click.option(
    "--replace", is_flag=True, help="Forget the key that it had; without --role the new one may do what that one might."
)
@keys_option
def command(key: str, role: tuple[str, ...], keys: Path | None, *, replace: bool) -> None:
    """Let another machine take part here.

    NAME:KEY is what `vinofleet keys show` prints there. Processes that are running notice it within seconds.
    """
    name, public = parse_key_text(key)
    wanted = AllowedKey(name, public, frozenset(map(Role, role)), today())
    path = default_path() if keys is None else keys
    edit = replacing if replace else allowing
    after = change_keyring(path, lambda keyring: edit(keyring, wanted)).named(name)
    assert after is not None  # it was allowed just now
    click.echo(f"{name} may act as {roles_text(after.roles)} here")
