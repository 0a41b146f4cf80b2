"""The command `vinofleet keys revoke`: what another machine may no longer do here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from common.errors import VinofleetError
from common.keyfile import change_keyring, default_path, read_keyring
from common.keyring import Role
from common.params import keys_option
from vinofleet.keys.edits import revoking
from vinofleet.keys.wording import roles_text

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EPILOG: Final = """\b
Examples:
  vinofleet keys revoke second
  vinofleet keys revoke second --role status
"""


def _names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of keys that are allowed; nothing where they cannot be read."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when a shell asks

    try:
        keyring = read_keyring(ctx.params.get("keys") or default_path())
    except VinofleetError:
        return []
    return [CompletionItem(key.name) for key in keyring.allowed if key.name.startswith(incomplete)]


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", shell_complete=_names)
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    multiple=True,
    help="Only this; may be given several times.  [default: all]",
)
@keys_option
def command(name: str, role: tuple[str, ...], keys: Path | None) -> None:
    """Let another machine no longer take part here.

    Processes that are running end its sessions within seconds; what it was working at is done by others.
    """
    path = default_path() if keys is None else keys
    left = change_keyring(path, lambda keyring: revoking(keyring, name, frozenset(role))).named(name)
    still = "no longer take part" if left is None else f"still act as {roles_text(left.roles)}"
    click.echo(f"{name} may {still} here")
