"""How keys and roles are written for people. Pure.

What this file does not know: where it is printed.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

from common.keyring import AllowedKey, Keyring, Role, key_text

SHORT_CHARS: Final = 8
"""Of a key, where people only tell keys apart."""


def roles_text(roles: AbstractSet[Role]) -> str:
    """`worker, status`, in the order of `Role`."""
    return ", ".join(role for role in Role if role in roles)


def full(key: AllowedKey | Keyring) -> str:
    """`NAME:KEY`, what `vinofleet keys allow` takes."""
    return key_text(key.name, key.public)


def short(key: AllowedKey | Keyring) -> str:
    """The first characters of a key's text."""
    return f"{full(key).partition(':')[2][:SHORT_CHARS]}..."
