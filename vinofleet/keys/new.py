"""The command `vinofleet keys new`: this machine's own key pair, and whom it trusts from the beginning."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from common.errors import UsageError, one_line
from common.keyfile import create_keyring, default_path
from common.keyring import NAME_FORM, AllowedKey, Keyring, Role, is_key_name, key_name_of, parse_key_text
from common.params import keys_option
from vinofleet.keys.edits import allowing
from vinofleet.keys.wording import full

SERVERS: Final = frozenset({Role.PRODUCER, Role.COLLECTOR})
"""What the machine may be that a new one works for."""

EPILOG: Final = """\b
Examples:
  vinofleet keys new
  vinofleet keys new --trust first:KEY     a machine that is to work for first
  vinofleet keys new --name lab-2          where the host's name will not do
  vinofleet keys new --force               the old one was lost or stolen
"""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--name", help="What other machines call this one.  [default: the host's name]")
@click.option("--trust", metavar="NAME:KEY", multiple=True, help="Work for this machine; may be given several times.")
@click.option("--force", is_flag=True, help="Replace the key: who allowed the old one has to allow the new one.")
@keys_option
def command(name: str | None, trust: tuple[str, ...], keys: Path | None, *, force: bool) -> None:
    """Make this machine's key, and print what others know it by.

    Stdout gets NAME:KEY, which is no secret, and nothing else. Whoever is trusted may be a producer and a collector to
    this machine's workers. --force keeps the keys that are allowed.
    """
    if name is not None and not is_key_name(name):
        raise UsageError(f"{name!r} cannot be the name of a key", f"use {NAME_FORM}")
    path = default_path() if keys is None else keys
    trusted = [AllowedKey(*parse_key_text(text), SERVERS, today()) for text in trust]
    before, keyring = create_keyring(path, lambda before: _made(name, trusted, before), force=force)
    click.echo(full(keyring))
    click.echo(f"vinofleet keys: made {one_line(str(path))}; it is secret: no other machine or user needs it", err=True)
    for line in _advice(keyring, before, trusts=bool(trusted)):
        click.echo(f"vinofleet keys: {line}", err=True)


def today() -> str:
    """Return the date that a key file says, of UTC."""
    return datetime.now(UTC).date().isoformat()


def _made(name: str | None, trusted: Sequence[AllowedKey], before: Keyring | None) -> Keyring:
    from common.key_pair import new_pair  # noqa: PLC0415 - ZeroMQ is loaded when a key is made, not for --help

    kept = () if before is None else before.allowed
    own = name or (key_name_of(platform.node()) if before is None else before.name)
    if own.lower() in {each.name.lower() for each in (*kept, *trusted)}:
        raise UsageError(f"this machine would be called {own!r}, as one that it knows", "give it another --name")
    keyring = Keyring(own, *new_pair(), kept)
    for each in trusted:
        keyring = allowing(keyring, each)
    return keyring


def _advice(keyring: Keyring, before: Keyring | None, *, trusts: bool) -> Iterable[str]:
    """Say what is to be typed on other machines."""
    if before is not None:
        renamed = before.name != keyring.name
        yield f"where the old key was allowed: vinofleet keys allow {'' if renamed else '--replace '}{full(keyring)}"
        if renamed:
            yield f"there as well: vinofleet keys revoke {before.name}"
        yield f"allowed here as before: {', '.join(key.name for key in before.allowed) or 'nobody'}"
    elif trusts:
        yield f"on the machine that this one works for: vinofleet keys allow {full(keyring)}"
    else:
        yield f"on a machine that is to work for this one: vinofleet keys new --trust {full(keyring)}"
