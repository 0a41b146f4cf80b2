"""Key files, and keys as they are sent from one machine to the other."""

from __future__ import annotations

from typing import Final

from common.errors import KeyFileError, UsageError
from common.keyfile import read_keyring
from common.keyring import AllowedKey, Keyring, Role, dump_keyring, key_name_of, key_text, parse_key_text, parse_keyring
from tests.fuzz.target import MEGABYTE, file_of, refused, target
from tests.fuzz.twist import as_json, in_text

_BEGINNING: Final = "5ec2e7"
_NEVER_SHOWN: Final = bytes.fromhex(_BEGINNING) + bytes(29)
_B: Final = AllowedKey("b", bytes(range(32)), frozenset({Role.WORKER}), "2026-11-23")
_C: Final = AllowedKey("c-1", bytes(range(1, 33)), frozenset(Role), "2026-01-31")


def _keyrings() -> list[bytes]:
    alone = Keyring("a", _NEVER_SHOWN, bytes(range(2, 34)))
    return [dump_keyring(each) for each in (alone, Keyring(alone.name, alone.secret, alone.public, (_B, _C)))]


@target(_keyrings, as_json(), most=2000, memory=4 * MEGABYTE)
def key_file(data: bytes) -> None:
    """What is read can be written and read again; what is refused is named in one line that holds no secret."""
    with refused(KeyFileError, secret=_BEGINNING):
        found = parse_keyring(data)
        assert parse_keyring(dump_keyring(found)) == found
        assert found.secret.hex() not in repr(found)
        assert all(key.roles for key in found.allowed)
        holder = found.holder(found.public)
        assert holder is not None
        assert holder.roles == frozenset(Role)


@target(_keyrings, as_json(), most=2000, memory=4 * MEGABYTE, share=0.3)
def key_file_on_disk(data: bytes) -> None:
    """A file is a pair that belongs together, or refused in one line that holds no secret."""
    path = file_of("keys.json", data)
    path.chmod(0o600)
    with refused(KeyFileError, secret=_BEGINNING):
        read_keyring(path)


@target(lambda: [key_text(key.name, key.public).encode() for key in (_B, _C)], in_text, most=200)
def key_in_text(data: bytes) -> None:
    """A key that was copied is the one that was shown, blanks and capitals apart, or it is refused."""
    text = data.decode("utf-8", "replace")
    with refused(UsageError):
        name, public = parse_key_text(text)
        shown = key_text(name, public)
        assert shown.lower() == text.strip().lower()
        assert parse_key_text(f" {name}:{shown.partition(':')[2].upper()}\n") == (name, public)
    assert parse_key_text(key_text(key_name_of(text), bytes(range(32))))[0] == key_name_of(text)
