"""What each field of each message may hold. A value outside of this never reaches a core.

The tables are the machine-readable half of docs/protocol.md. Checks are plain predicates: they look at types and
bounds only, and allocate nothing from what a peer claims.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, TypeAlias, cast

from common import limits, messages
from common.rows import Ending, Status

Check: TypeAlias = Callable[[object], bool]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


@lru_cache(maxsize=256)
def _is_name(text: str) -> bool:
    """Whether it is one, which is asked of the same few in each item of each message."""
    return _NAME.match(text) is not None


def is_name(value: object) -> bool:
    """A stream's or worker's name: never a path, a format string or a terminal escape."""
    return type(value) is str and _is_name(value)


def is_text(value: object) -> bool:
    """Words for people: bounded, printable."""
    return type(value) is str and len(value) <= limits.TEXT_MAX_CHARS and (value == "" or value.isprintable())


def as_text(words: str) -> str:
    """Anybody's words as `is_text` admits them: one line, cut, with `?` for each character that cannot be printed."""
    line = " ".join(words.split())[: limits.TEXT_MAX_CHARS]
    return "".join(char if char.isprintable() else "?" for char in line)


def _integer(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _bytes(*sizes: int) -> Check:
    return lambda value: type(value) is bytes and len(value) in sizes


def _one_of(values: Iterable[str]) -> Check:
    admitted = frozenset(str(value) for value in values)
    return lambda value: type(value) is str and value in admitted


def _fields(*checks: Check) -> Check:
    def are_right(value: object) -> bool:
        if not isinstance(value, tuple) or len(value) != len(checks):  # a ResultItem is a tuple
            return False
        for check, item in zip(checks, value, strict=True):  # noqa: SIM110 - for each item; `all` would cost a generator
            if not check(item):
                return False
        return True

    return are_right


def _up_to(most: int, check: Check) -> Check:
    return lambda value: type(value) is tuple and len(value) <= most and all(map(check, value))


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_bool(value: object) -> bool:
    return type(value) is bool


_U16 = _integer(0, 2**16 - 1)
_U32 = _integer(0, 2**32 - 1)
_U64 = _integer(0, 2**64 - 1)
_SESSION = _integer(1, 2**64 - 1)
_SEQ = _integer(0, 2**48)
_PTS = _integer(-(2**62), 2**62)
_SIDE = _integer(1, limits.SIDE_MAX_PIXELS)
_DIGEST = _bytes(32)
_RATIO = _fields(_U64, _integer(1, 2**63))
_REF = _fields(is_name, _U32, _SEQ, _U32)
_REFS = _up_to(limits.BATCH_MAX, _REF)
FACTS_MAX: Final = 8
FACT_MAX_CHARS: Final = 100
"""Facts about a process in its hello: so few and so short that any hello fits into a header."""

_FACT = _fields(is_name, lambda value: is_text(value) and len(cast("str", value)) <= FACT_MAX_CHARS)
_SHM = _fields(_U32, _U32, _U64, _integer(1, 2**20), _integer(1, limits.INTO_WORKER_MAX_BYTES))
_PICTURES = _fields(_U32, _U32, _U64, _integer(1, 2**20), _integer(1, limits.SIDE_MAX_PIXELS**2 * 3 // 2))
_PATIENCE_MS = _integer(0, limits.PATIENCE_MAX_MS)
_WORK_ITEM = _fields(
    is_name,
    _U32,
    _SEQ,
    _U32,
    _PTS,
    _SIDE,
    _SIDE,
    _integer(-1, 2**20),
    _integer(0, len(messages.FORMS) - 1),
    _is_bool,
)
_ITEM = _fields(is_name, _U32, _SEQ, _U32, _PTS, _integer(0, limits.DETECTIONS_MAX), _U64, _U64)
_ACKED = _fields(is_name, _U32, _SEQ, _up_to(limits.RANGES_MAX, _fields(_SEQ, _SEQ)), _is_bool)
_PICTURE_BYTES = _integer(0, limits.PICTURE_MAX_BYTES)

SCHEMAS: Final[dict[type[messages.Message], tuple[Check, ...]]] = {
    messages.Hello: (
        _U16,
        _one_of(("worker", "producer")),
        is_name,
        _bytes(16),
        _bytes(0, 32),
        _up_to(FACTS_MAX, _FACT),
    ),
    messages.Welcome: (_SESSION, _bytes(16), _bytes(0, 32), is_text, _optional(_SHM), _PATIENCE_MS),
    messages.Refuse: (_U64, _one_of(messages.REFUSALS), is_text),
    messages.Beat: (_U64,),
    messages.Bye: (_U64, _one_of(messages.BYES), is_text),
    messages.Fetch: (_U64, _DIGEST, _integer(0, limits.MODEL_FILE_MAX_BYTES)),
    messages.Chunk: (_U64, _DIGEST, _integer(0, limits.MODEL_FILE_MAX_BYTES)),
    messages.Credit: (
        _U64,
        _one_of(messages.WORKER_STATES),
        _integer(0, limits.CREDITS_MAX),
        _integer(0, 2 * limits.CREDITS_MAX),
        _bytes(0, 16),
    ),
    messages.Work: (_U64, _up_to(limits.BATCH_MAX, _WORK_ITEM)),
    messages.Start: (_U64, _REFS),
    messages.Done: (_U64, _one_of(messages.OUTCOMES), _REFS),
    messages.Fault: (_U64, _REF, is_text),
    messages.Results: (_U64, _DIGEST, _up_to(limits.BATCH_MAX, _ITEM)),
    messages.Open: (
        _U64,
        is_name,
        _U32,
        _SEQ,
        _is_bool,
        _integer(1, limits.WINDOW_MAX_FRAMES),
        _SIDE,
        _SIDE,
        _RATIO,
        _RATIO,
        _SEQ,
        is_text,
        is_text,
        _PATIENCE_MS,
    ),
    messages.Opened: (_U64, is_name, _U32, _SEQ, _is_bool),
    messages.Reject: (_U64, is_name, _one_of(messages.REJECTIONS), is_text),
    messages.Ack: (_U64, _up_to(limits.BATCH_MAX, _ACKED)),
    messages.Show: (_U64, is_name, _U32, _optional(_PICTURES)),
    messages.Shown: (_U64, is_name, _U32, _bytes(0, 16), _SEQ),
    messages.Picture: (
        _U64,
        is_name,
        _U32,
        _SEQ,
        _SIDE,
        _SIDE,
        _integer(-1, 2**20),
        _PICTURE_BYTES,
        _PICTURE_BYTES,
    ),
    messages.Seen: (_U64, is_name, _U32, _SEQ, _PICTURE_BYTES),
    messages.Fate: (
        _U64,
        is_name,
        _U32,
        _one_of((Status.FAILED, Status.DROPPED)),
        is_name,
        _up_to(limits.BATCH_MAX, _fields(_SEQ, _PTS)),
    ),
    messages.End: (_U64, is_name, _U32, _SEQ, _one_of(Ending), is_text),
    messages.Stats: (_U64,),
    messages.Ask: (_U16, _U64, lambda value: value == "" or is_name(value)),
    messages.Told: (_U64,),
}
"""Fields of each message, in order."""

PAYLOAD_MAX: Final[dict[type[messages.Message], int]] = {
    messages.Hello: limits.JOB_MAX_BYTES,
    messages.Welcome: limits.JOB_MAX_BYTES,
    messages.Chunk: limits.MODEL_CHUNK_BYTES,
    messages.Picture: limits.PICTURE_CHUNK_BYTES,
    messages.Work: limits.INPUT_MAX_BYTES,
    messages.Results: limits.BATCH_MAX * limits.DETECTIONS_MAX * 24,
    messages.Stats: limits.STATS_MAX_BYTES,
    messages.Told: limits.STATUS_MAX_BYTES,
}
"""Bytes that a message's payload may have; a message that is not listed has none."""
