"""Changes that keep a format's form: one value of a JSON or MessagePack document, one line, one word, one record.

Mutations that know nothing of a format seldom get past its first check. Pure: the chance is an argument.
"""

from __future__ import annotations

import json
import re
import struct
from random import Random
from typing import Any, Final

import msgpack

from tests.fuzz.target import Twist

ODD: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        64,
        255,
        2**16,
        2**31,
        2**32 - 1,
        2**48 + 1,
        2**53 + 1,
        2**62 + 1,
        2**63,
        2**64 - 1,
    ),
    *(0.0, -0.0, 0.5, 1e308, -1e308, 5e-324),
    *(10**400, "1e999999999", "1/0", "nan"),
    *("", "a", "cam", "../x", "\x1b[2J", "\0", "a\nb", "\u202e", "é", "x" * 300, "x" * 301),
    *([], {}, [[]], [0], {"a": 0}, ()),
)
"""Values at which checks tend to fail."""

_WORDS: Final = re.compile(rb"[A-Za-z_]+|-?[0-9]+(?:\.[0-9]+)?|[^A-Za-z0-9_]")
_TOKENS: Final = (
    *(
        b"0",
        b"1",
        b"-1",
        b"00",
        b"65535",
        b"65536",
        b"99999999999999999999",
        b"1e400",
        b"1e999999999",
        b"0.5",
        b"1/0",
        b"nan",
    ),
    *(
        b"",
        b"a",
        b"x" * 70,
        b'"',
        b"'",
        b"\\",
        b"\0",
        b"\x1b[31m",
        b"\xff",
        b"\xc3\xa9",
        b"\r\n",
        b"\n",
        b"[",
        b"{",
        b"=",
        b"&",
    ),
    *(b"[" * 2000, b"{'a':" * 2000, b"(" * 200),
    *(b"%00", b"../", b"://", b"@", b"?", b"#", b":", b",", b";", b" ", b"*"),
)


def value(document: Any, chance: Random) -> Any:  # noqa: ANN401 - JSON of whatever kind
    """The document with one node of it changed, removed, repeated or moved."""
    if isinstance(document, dict) and document and chance.random() < 0.9:
        return _in_dict(document, chance)
    if isinstance(document, list | tuple) and document and chance.random() < 0.9:
        return _in_list(list(document), chance)
    if type(document) in {str, bytes} and document and chance.random() < 0.5:
        at = chance.randrange(len(document))
        return document[:at] + document[at + 1 :]
    if type(document) is int and chance.random() < 0.5:
        return document + chance.choice((-1, 1, 2, 256))
    return chance.choice(ODD)


def _in_dict(document: dict[Any, Any], chance: Random) -> dict[Any, Any]:
    key = chance.choice(list(document))
    match chance.randrange(8):
        case 0:
            return {each: item for each, item in document.items() if each != key}
        case 1:
            return document | {chance.choice(("", "a", "\x1b[2J", "version", "x" * 300)): document[key]}
        case 2:
            return document | {key: document[chance.choice(list(document))]}
        case _:
            return document | {key: value(document[key], chance)}


def _in_list(document: list[Any], chance: Random) -> list[Any]:
    at = chance.randrange(len(document))
    match chance.randrange(8):
        case 0:
            return document[:at] + document[at + 1 :]
        case 1:
            return document[:at] + [document[at]] * chance.choice((2, 2, 33, 129)) + document[at + 1 :]
        case 2:
            return [*document, chance.choice(ODD)]
        case _:
            return [*document[:at], value(document[at], chance), *document[at + 1 :]]


def as_json(*, canonical: bool = False) -> Twist:
    """Of one JSON document."""

    def twist(data: bytes, chance: Random) -> bytes:
        if chance.random() < 0.1:
            return in_text(data, chance)
        try:
            twisted = value(json.loads(data), chance)
            return json.dumps(twisted, separators=(",", ":"), sort_keys=canonical, ensure_ascii=not canonical).encode()
        except (ValueError, RecursionError):
            return in_text(data, chance)

    return twist


def in_msgpack(data: bytes, chance: Random) -> bytes:
    """Of one MessagePack document."""
    try:
        return bytes(msgpack.packb(value(msgpack.unpackb(data, strict_map_key=False), chance)))
    except (ValueError, TypeError, RecursionError, OverflowError, msgpack.exceptions.UnpackException):
        return in_text(data, chance)


def in_text(data: bytes, chance: Random) -> bytes:
    """Of words, numbers and signs: one is replaced, removed or repeated, or two change places."""
    words = _WORDS.findall(data) or [b""]
    at, other = chance.randrange(len(words)), chance.randrange(len(words))
    match chance.randrange(5):
        case 0:
            words[at] = b""
        case 1:
            words[at] *= chance.choice((2, 2, 10, 300))
        case 2:
            words[at], words[other] = words[other], words[at]
        case _:
            words[at] = chance.choice(_TOKENS)
    return b"".join(words)


def in_lines(twist: Twist, end: bytes = b"\n") -> Twist:
    """Of lines: one is changed by `twist`, removed or repeated, or two change places."""

    def change(data: bytes, chance: Random) -> bytes:
        lines = data.split(end)
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(8):
            case 0:
                del lines[at]
            case 1:
                lines.insert(other, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                lines[at] = twist(lines[at], chance)
        return end.join(lines)

    return change


# --- several inputs in one -------------------------------------------------------------------------------------------

_LENGTH: Final = struct.Struct("<H")


def joined(*parts: bytes) -> bytes:
    """Records, each after its length: how a target that needs several inputs has them in one."""
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def parted(data: bytes) -> list[bytes]:
    """What was `joined`; the last one may be cut off."""
    parts, at = [], 0
    while at + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        parts.append(data[at : at + length])
        at += length
    return parts


def in_records(twist: Twist) -> Twist:
    """Of records: one is changed by `twist`, removed or repeated, or two change places."""

    def change(data: bytes, chance: Random) -> bytes:
        parts = parted(data) or [b""]
        at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        match chance.randrange(8):
            case 0:
                del parts[at]
            case 1:
                parts.insert(other, parts[at])
            case 2:
                parts[at], parts[other] = parts[other], parts[at]
            case _:
                parts[at] = twist(parts[at], chance)
        return joined(*(part[:65535] for part in parts))

    return change


def in_bytes(data: bytes, chance: Random) -> bytes:
    """Of anything: a byte, or two or four as a number, at a place; or a stretch is removed or repeated."""
    if not data:
        return bytes([chance.randrange(256)])
    at = chance.randrange(len(data))
    stop = min(len(data), at + chance.choice((1, 2, 4, 8, 64)))
    match chance.randrange(5):
        case 0:
            return data[:at] + data[stop:]
        case 1:
            return data[:stop] + data[at:]
        case 2:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case _:
            width = chance.choice((1, 2, 4, 8))
            number: int = chance.choice(
                (0, 1, 2, 7, 127, 128, 255, 2**15, 2**16 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
            )
            number %= 256**width
            written = number.to_bytes(width, "big" if chance.random() < 0.5 else "little")
            return data[:at] + written + data[at + width :]
