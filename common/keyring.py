"""Keys by which machines know each other: what a key file says, and how a key is written for people.

One key file a machine. It holds the machine's own key pair and the keys of others that it admits, each with the roles
in which it may act here. A key is shown to the other side as `NAME:KEY`, which ends in a checksum over both, so that a
letter that got lost, or a name that was changed on the way, is refused before anybody waits for a handshake.

What this file does not know: files and their modes (`keyfile`), sockets, how keys are made, and which process runs
under which name.
"""

from __future__ import annotations

import json
import re
from base64 import b32decode, b32encode
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NoReturn, cast

from common.errors import KeyFileError, UsageError
from common.word import Word

VERSION: Final = 1
KEY_BYTES: Final = 32
"""A CURVE key, secret or public."""

CHECK_BYTES: Final = 4
NAME_MAX_CHARS: Final = 32
"""Names of keys are half as long as names of processes, which begin with them: `NAME.something`."""

ALLOWED_MAX: Final = 1024
"""Keys that one file admits: as many as one socket has sessions."""

NAME_FORM: Final = f"letters, digits, - and _, at most {NAME_MAX_CHARS}, without a dot"
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{NAME_MAX_CHARS - 1}}}\Z")
_HEX: Final = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}\Z")
_DATE: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")
_KEY_CHARS: Final = -(-8 * (KEY_BYTES + CHECK_BYTES) // 5)
_KEY: Final = re.compile(rf"[a-z2-7]{{{_KEY_CHARS}}}\Z")
_PADDING: Final = "=" * (-_KEY_CHARS % 8)


class Role(Word):
    """In which part a key's holder may act."""

    WORKER = "worker"
    """It may ask for frames and send results."""
    PRODUCER = "producer"
    """It may open streams, and be trusted with the collector's key."""
    COLLECTOR = "collector"
    """It may say which frames are settled."""
    STATUS = "status"
    """It may ask how a process is."""


@dataclass(frozen=True, slots=True)
class AllowedKey:
    """A key that this machine admits.

    Attributes:
        name: of its machine; processes there are called `name` or `name.something`.
        public: 32 bytes.
        roles: what its holder may do; never empty.
        since: the day on which it was first allowed, as `YYYY-MM-DD`; empty for the own key.
    """

    name: str
    public: bytes
    roles: frozenset[Role]
    since: str


@dataclass(frozen=True, slots=True)
class Keyring:
    """What a key file says.

    Attributes:
        name: of this machine.
        secret: 32 bytes, which no text of this class shows.
        public: the other half of the pair, 32 bytes.
        allowed: the keys of others, in the order in which they were allowed. No name and no key is there twice.
    """

    name: str
    secret: bytes = field(repr=False)
    public: bytes
    allowed: tuple[AllowedKey, ...] = ()

    def holder(self, public: bytes) -> AllowedKey | None:
        """Return whose key this is and what they may do; the own key may do everything; None if it is nobody's."""
        if public == self.public:
            return AllowedKey(self.name, self.public, frozenset(Role), "")
        return next((key for key in self.allowed if key.public == public), None)

    def named(self, name: str) -> AllowedKey | None:
        """Return the allowed key of this name; None if there is none."""
        return next((key for key in self.allowed if key.name == name), None)

    def servers(self, role: Role) -> tuple[AllowedKey, ...]:
        """Return the allowed keys that may act in this role, without the own one."""
        return tuple(key for key in self.allowed if role in key.roles)


def is_key_name(text: str) -> bool:
    """Whether a key can have this name. It has no dot, so that `NAME.something` is a process of one key only."""
    return _NAME.match(text) is not None


def key_name_of(host: str) -> str:
    """Make a key's name of a host's: its first label, without what no key's name has; `machine` if nothing is left."""
    label = re.sub(r"[^A-Za-z0-9_-]+", "-", host.partition(".")[0]).strip("-_")
    return label[:NAME_MAX_CHARS].rstrip("-_") or "machine"


def key_text(name: str, public: bytes) -> str:
    """Write a key as it is sent to another machine: `NAME:KEY`, of 58 letters and digits behind the name."""
    return f"{name}:{b32encode(public + _check(name, public)).decode().rstrip('=').lower()}"


def parse_key_text(text: str) -> tuple[str, bytes]:
    """Read what `key_text` wrote; blanks around it and capitals in the key do not matter.

    Returns:
        The name, and 32 bytes of public key.

    Raises:
        UsageError: it is none, or its checksum shows that something in it was changed.
    """
    name, colon, key = text.strip().partition(":")
    key = key.lower()
    if not colon or not is_key_name(name) or not _KEY.match(key):
        _no_key_text("that is no key", f"give NAME:KEY, {_KEY_CHARS} letters and digits behind the colon")
    raw = b32decode(f"{key.upper()}{_PADDING}")
    public, check = raw[:KEY_BYTES], raw[KEY_BYTES:]
    if check != _check(name, public) or key_text(name, public) != f"{name}:{key}":
        _no_key_text(f"the key of {name!r} is not as it was written: a character of it or of its name differs", "")
    return name, public


def parse_keyring(data: bytes) -> Keyring:
    """Read the bytes of a key file.

    Raises:
        KeyFileError: they are not what `dump_keyring` writes; it names the entry, never what is in it.
    """
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError):
        raise KeyFileError("it is no JSON") from None
    version = document.get("version") if type(document) is dict else None
    if type(version) is int and version > VERSION:
        raise KeyFileError(f"it has version {version}, this vinofleet knows {VERSION}", "use a newer vinofleet")
    fields = _fields(document, "the file", ("version", "name", "secret", "public", "allowed"))
    if type(version) is not int or version != VERSION:
        raise KeyFileError(f"its version is not {VERSION}")
    allowed = fields["allowed"]
    if type(allowed) is not list or len(allowed) > ALLOWED_MAX:
        raise KeyFileError(f"'allowed' is no list of at most {ALLOWED_MAX} keys")
    keyring = Keyring(
        _name(fields["name"], "name"),
        _key(fields["secret"], "secret"),
        _key(fields["public"], "public"),
        tuple(_allowed(entry, f"allowed[{number}]") for number, entry in enumerate(cast("list[object]", allowed))),
    )
    _require_distinct(keyring)
    return keyring


def dump_keyring(keyring: Keyring) -> bytes:
    """Write the bytes of a key file, secret included.

    Raises:
        KeyFileError: a name or a key is there twice, or there are too many.
    """
    if len(keyring.allowed) > ALLOWED_MAX:
        raise KeyFileError(f"it would hold more than {ALLOWED_MAX} keys", "revoke those that are not used any more")
    _require_distinct(keyring)
    document = {
        "version": VERSION,
        "name": keyring.name,
        "secret": keyring.secret.hex(),
        "public": keyring.public.hex(),
        "allowed": [
            {"name": key.name, "public": key.public.hex(), "roles": sorted(map(str, key.roles)), "since": key.since}
            for key in keyring.allowed
        ],
    }
    return f"{json.dumps(document, indent=1)}\n".encode()


def _check(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + public).digest()[:CHECK_BYTES]


def _no_key_text(what: str, remedy: str) -> NoReturn:
    again = "copy the whole line that `vinofleet keys show` prints there"
    raise UsageError(what, f"{remedy}; {again}" if remedy else again)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name twice")
    return document


def _constant(_word: str) -> NoReturn:
    raise ValueError("no number of JSON's")


def _fields(value: object, where: str, names: Iterable[str]) -> dict[str, object]:
    names = set(names)
    if type(value) is not dict or set(value) != names:
        raise KeyFileError(f"{where} has not exactly the entries {', '.join(sorted(names))}")
    return cast("dict[str, object]", value)


def _text(value: object, form: Callable[[str], object], where: str, wanted: str) -> str:
    if type(value) is not str or not form(value):
        raise KeyFileError(f"{where!r} is not {wanted}")
    return value


def _name(value: object, where: str) -> str:
    return _text(value, is_key_name, where, f"a name ({NAME_FORM})")


def _key(value: object, where: str) -> bytes:
    return bytes.fromhex(_text(value, _HEX.match, where, f"{2 * KEY_BYTES} hexadecimal digits"))


def _allowed(value: object, where: str) -> AllowedKey:
    fields = _fields(value, where, ("name", "public", "roles", "since"))
    return AllowedKey(
        _name(fields["name"], f"{where}.name"),
        _key(fields["public"], f"{where}.public"),
        _roles(fields["roles"], f"{where}.roles"),
        _text(fields["since"], _DATE.match, f"{where}.since", "a date (YYYY-MM-DD)"),
    )


def _roles(value: object, where: str) -> frozenset[Role]:
    known = {str(role): role for role in Role}
    words = cast("list[object]", value) if type(value) is list else []
    if not words or not all(type(word) is str and word in known for word in words) or len({*words}) != len(words):
        raise KeyFileError(f"{where!r} is no list of roles ({', '.join(known)})")
    return frozenset(known[cast("str", word)] for word in words)


def _require_distinct(keyring: Keyring) -> None:
    """Refuse names that a person could mix up, and a key that two names share: either would be two's."""
    names = Counter(name.lower() for name in (keyring.name, *(key.name for key in keyring.allowed)))
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        raise KeyFileError(f"the name {twice[0]!r} is there twice")
    keys = [keyring.public, *(key.public for key in keyring.allowed)]
    if len(set(keys)) != len(keys):
        raise KeyFileError("a key is there twice")
