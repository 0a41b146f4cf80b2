"""The command `vinofleet keys list`: lines for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from common.errors import one_line
from common.keyfile import default_path, read_keyring
from common.keyring import Keyring, Role
from common.params import keys_option
from vinofleet.keys.wording import full, roles_text, short

HEAD: Final = ("NAME", "SINCE", "KEY", "ROLES")
_GAP: Final = "  "


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with whole keys.")
@keys_option
def command(keys: Path | None, *, as_json: bool) -> None:
    """List the machines that may take part here.

    SINCE is the day on which a key was allowed, KEY how it begins, ROLES what its machine may do.
    """
    path = default_path() if keys is None else keys
    keyring = read_keyring(path)
    if as_json:
        click.echo(json.dumps(_facts(keyring, path), indent=2))
    else:
        click.echo("\n".join(_lines(keyring, path)))


def _lines(keyring: Keyring, path: Path) -> Iterable[str]:
    rows = [(key.name, key.since, short(key), roles_text(key.roles)) for key in keyring.allowed]
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    for row in [HEAD, *rows] if rows else []:
        yield _GAP.join(map(str.ljust, row, widths)).rstrip()
    if not rows:
        yield "no other machine may take part here"
    yield f"this machine is {keyring.name} ({short(keyring)})"
    yield one_line(str(path))


def _facts(keyring: Keyring, path: Path) -> dict[str, Any]:
    return {
        "file": str(path),
        "name": keyring.name,
        "key": full(keyring),
        "allowed": [
            {
                "name": key.name,
                "key": full(key),
                "roles": [role for role in Role if role in key.roles],
                "since": key.since,
            }
            for key in keyring.allowed
        ],
    }
