"""Headers to bytes and back: one msgpack array of at most `HEADER_MAX_BYTES`, checked before and after unpacking.

Bytes from outside raise `WireError` and nothing else. The payload, a frame of its own, is not looked into here
beyond its length. What this file does not know: sessions, states, who may send what to whom.
"""

from __future__ import annotations

from typing import Final

import msgpack

from common import limits, messages
from common.schema import PAYLOAD_MAX, SCHEMAS

ARRAY_MAX: Final = 64
"""Elements of the longest array of any message. msgpack makes room for what an array claims before it reads it, at each
level of nesting: 4 KiB of claims cost 0.5 MB for a moment, and would cost 2 MB with 256."""


class WireError(Exception):
    """Bytes that are no message of this protocol. `code` is a word to count by."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class ProtocolMismatchError(WireError):
    """A hello or a question of another protocol number: the one refusal that is owed an answer."""

    def __init__(self, number: int) -> None:
        super().__init__("protocol", f"peer speaks {number}, this is {messages.PROTOCOL}")
        self.number = number


_BY_KIND: Final[dict[str, type[messages.Message]]] = {cls.__name__.lower(): cls for cls in SCHEMAS}
_KINDS: Final[dict[type[messages.Message], str]] = {cls: kind for kind, cls in _BY_KIND.items()}
_GREETINGS: Final = frozenset({"hello", "ask"})
"""What a stranger says; it begins with the protocol's number."""


def encode(message: messages.Message) -> bytes:
    """The header's bytes.

    Raises:
        WireError: `too_long`, where a local caller put too much into one message.
    """
    header: bytes = msgpack.packb((_KINDS[type(message)], *message))
    if len(header) > limits.HEADER_MAX_BYTES:
        raise WireError("too_long", f"{_KINDS[type(message)]} of {len(header)} bytes")
    return header


def decode(header: bytes, payload_bytes: int = 0) -> messages.Message:
    """The message in a header that came with a payload of `payload_bytes`.

    Raises:
        WireError: it is too long, no msgpack, no message of this protocol, or its payload has a length it may not have.
    """
    if len(header) > limits.HEADER_MAX_BYTES:
        raise WireError("too_long", f"{len(header)} bytes")
    kind, fields = _split(_unpack(header))
    if kind in _GREETINGS and fields and type(fields[0]) is int and fields[0] != messages.PROTOCOL:
        raise ProtocolMismatchError(fields[0])
    cls = _BY_KIND.get(kind)
    if cls is None:
        raise WireError("kind", repr(kind[:20]))
    checks = SCHEMAS[cls]
    if len(fields) != len(checks):
        raise WireError("fields", f"{kind} with {len(fields)} fields")
    for check, value in zip(checks, fields, strict=True):
        if not check(value):
            raise WireError("field", kind)
    if payload_bytes > PAYLOAD_MAX.get(cls, 0):
        raise WireError("payload", f"{kind} with {payload_bytes} bytes")
    return _build(cls, fields)


def _unpack(header: bytes) -> object:
    try:
        value: object = msgpack.unpackb(
            header,
            use_list=False,
            raw=False,
            strict_map_key=True,
            max_str_len=limits.HEADER_MAX_BYTES,
            max_bin_len=limits.HEADER_MAX_BYTES,
            max_array_len=ARRAY_MAX,
            max_map_len=0,
            max_ext_len=0,
        )
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        # msgpack raises a family of errors (format, stack, unicode, extra data), all of them a ValueError or its own
        raise WireError("msgpack", type(error).__name__) from error
    return value


def _split(value: object) -> tuple[str, tuple[object, ...]]:
    if type(value) is not tuple or not value or type(value[0]) is not str:
        raise WireError("shape")
    return value[0], value[1:]


def _build(cls: type[messages.Message], fields: tuple[object, ...]) -> messages.Message:
    message = cls._make(fields)
    if isinstance(message, messages.Results):
        return message._replace(items=tuple(map(messages.ResultItem._make, message.items)))
    if isinstance(message, messages.Work):
        return message._replace(items=tuple(map(messages.WorkItem._make, message.items)))
    if isinstance(message, messages.Ack):
        return message._replace(streams=tuple(map(messages.Acked._make, message.streams)))
    return message
