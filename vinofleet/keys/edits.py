"""What becomes of a machine's keys when one is allowed or revoked. Pure.

A key that is allowed again gets the new roles besides those that it has. Another key under a known name, or a known
key under another name, is what a stranger would try: it needs a person who says that it is meant.

What this file does not know: files, and what is printed.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from common.errors import OutputError, UsageError
from common.keyring import AllowedKey, Keyring, Role

DEFAULT: Final = frozenset({Role.WORKER})
"""What a key may do of which nothing else is said."""


def allowing(keyring: Keyring, key: AllowedKey) -> Keyring:
    """Let a key act in its roles, besides those that it has; if it names none, as a worker.

    Raises:
        UsageError: it is the own key, or has the own name.
        OutputError: its name has another key, or it has another name.
    """
    _require_other(keyring, key)
    key = replace(key, roles=key.roles or DEFAULT)
    rivals = _rivals(keyring, key)
    known = next((each for each in rivals if (each.name, each.public) == (key.name, key.public)), None)
    if known is not None:
        more = replace(known, roles=known.roles | key.roles)
        return replace(keyring, allowed=tuple(more if each is known else each for each in keyring.allowed))
    if rivals:
        raise _conflict(rivals[0], key)
    return replace(keyring, allowed=(*keyring.allowed, key))


def replacing(keyring: Keyring, key: AllowedKey) -> Keyring:
    """Let a key act in its roles and no others, in the place of what has its name or its bytes.

    If it names no role, it gets those of what it replaces, or else acts as a worker.

    Raises:
        UsageError: it is the own key, or has the own name.
    """
    _require_other(keyring, key)
    rivals = _rivals(keyring, key)
    roles = key.roles or frozenset[Role]().union(*(each.roles for each in rivals)) or DEFAULT
    rest = [each for each in keyring.allowed if each not in rivals]
    return replace(keyring, allowed=(*rest, replace(key, roles=roles)))


def revoking(keyring: Keyring, name: str, roles: AbstractSet[str]) -> Keyring:
    """Take these roles from a key, or all that it has where none is named; a key without roles is gone.

    Raises:
        UsageError: no such key is allowed, or it has none of these roles.
    """
    key = keyring.named(name)
    if key is None:
        known = ", ".join(each.name for each in keyring.allowed) or "none"
        raise UsageError(f"no key is allowed under the name {name!r}", f"give one of those that are: {known}")
    if roles and not key.roles & roles:
        raise UsageError(f"{name!r} may not act as {' or '.join(sorted(roles))} here", "see `vinofleet keys list`")
    left = key.roles - roles if roles else frozenset()
    rest = [replace(each, roles=left) if each is key else each for each in keyring.allowed]
    return replace(keyring, allowed=tuple(each for each in rest if each.roles))


def _require_other(keyring: Keyring, key: AllowedKey) -> None:
    if key.public == keyring.public:
        raise UsageError(
            f"that is the key of this machine, {keyring.name!r}, which may do everything here",
            "give the one that `vinofleet keys show` prints on the other machine",
        )
    if key.name.lower() == keyring.name.lower():
        raise UsageError(
            f"this machine is called {keyring.name!r} too",
            "give the other one another name: `vinofleet keys new --force --name OTHER` there",
        )


def _rivals(keyring: Keyring, key: AllowedKey) -> list[AllowedKey]:
    """Those that cannot be there beside it, itself included."""
    return [each for each in keyring.allowed if each.name.lower() == key.name.lower() or each.public == key.public]


def _conflict(there: AllowedKey, key: AllowedKey) -> OutputError:
    if there.public == key.public:
        return OutputError(
            f"that key is allowed under the name {there.name!r} already", "add --replace if its machine was renamed"
        )
    return OutputError(
        f"{there.name!r} is allowed with another key already",
        "add --replace if you know that its key was made anew; else ask whose key this is",
    )
