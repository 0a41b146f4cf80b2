"""Reads what a peer told of itself: a document of the expected shape, or none.

Whoever listens at an address may send anything. What is checked here is what the command looks at; more may be there.
Pure. What this file does not know: who was asked, and what is shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

from common import limits
from common.inquiries import SCHEMA, Document
from common.schema import is_name, is_text

Check: TypeAlias = Callable[[object], bool]


class Answer(NamedTuple):
    """What came of asking at an address.

    Attributes:
        address: where.
        document: what was told; None if nothing was.
        refusal: why not, in the words of whoever is there; "" where nobody answered.
    """

    address: str
    document: Document | None = None
    refusal: str = ""


_MOST: Final = 2**53


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST


def _is_number(value: object) -> bool:
    return type(value) in {int, float} and -_MOST <= value <= _MOST  # type: ignore[operator] # nor is it nan, or infinite


def _is_flag(value: object) -> bool:
    return type(value) is bool


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _object(fields: dict[str, Check]) -> Check:
    return lambda value: (
        type(value) is dict and all(name in value and check(value[name]) for name, check in fields.items())
    )


def _list(check: Check, most: int = limits.STATUS_ROWS_MAX) -> Check:
    return lambda value: type(value) is list and len(value) <= most and all(check(item) for item in value)


def _counts(value: object) -> bool:
    return type(value) is dict and len(value) <= limits.STATUS_ROWS_MAX and all(map(_is_count, value.values()))


def _has(*names: str) -> Check:
    return lambda value: _counts(value) and set(names) <= set(value)  # type: ignore[call-overload]


_HEAD: Final[dict[str, Check]] = {
    "schema": lambda value: value == SCHEMA,
    "about": is_text,
    "pid": _is_count,
    "host": is_text,
    "version": is_text,
    "up_s": _is_number,
    "phase": is_text,
    "ready": _is_flag,
    "waits_for": _list(is_text, 8),
    "fps": _is_number,
}
_STREAM: Final[dict[str, Check]] = {"name": is_name, "state": is_text, "expected": _is_count, "reason": is_text}
_WORKER: Final[dict[str, Check]] = {"name": is_name, "state": is_text, "heard_ms": _is_number, "fps": _is_number}
_PRODUCER: Final = _object(
    {
        **_HEAD,
        "job": _object({"model": is_text}),
        "collector": _object({"connected": _is_flag, "for_s": _is_number}),
        "frames": _has("captured", "settled", "queued", "leased", "reported", "hinted", "fated", "suspects", "strikes"),
        "left_out": _has("streams", "workers"),
        **dict.fromkeys(("sent", "redispatched", "hedged", "faults"), _is_count),
        "streams": _list(
            _object(
                {
                    **_STREAM,
                    **dict.fromkeys(("captured", "settled", "window"), _is_count),
                    "unsettled": _has("queued", "leased", "reported", "hinted", "fated"),
                }
            )
        ),
        "workers": _list(
            _object(
                {
                    **_WORKER,
                    "transport": is_text,
                    **dict.fromkeys(("capacity", "outstanding", "done"), _is_count),
                    "oldest_lease_s": _optional(_is_number),
                    "service_ms": _object({"p50": _is_number, "p99": _is_number}),
                }
            )
        ),
    }
)
_COLLECTOR: Final = _object(
    {
        **_HEAD,
        "duplicates": _is_count,
        "writing": _object({"state": is_text, "for_s": _is_number}),
        "frames": _has("written", "emitted", "received", "ok", "failed", "dropped"),
        "left_out": _has("streams", "workers", "producers", "outputs"),
        "outputs": _list(is_text),
        "producers": _list(_object({"name": is_name, "heard_ms": _is_number, "streams": _is_count})),
        "streams": _list(
            _object(
                {
                    **_STREAM,
                    **dict.fromkeys(("next", "written", "received", "ok", "failed", "dropped"), _is_count),
                    "fps": _is_number,
                }
            )
        ),
        "workers": _list(_object({**_WORKER, "frames": _is_count})),
    }
)
_ROLES: Final = {"producer": _PRODUCER, "collector": _COLLECTOR}


def read_answer(payload: bytes) -> Document | None:
    """The document in an answer; None if it is none that this version understands."""
    if len(payload) > limits.STATUS_MAX_BYTES:
        return None
    try:
        value: Any = json.loads(payload, parse_constant=_no_number)
    except (ValueError, RecursionError):  # json.JSONDecodeError and UnicodeDecodeError are ValueErrors
        return None
    role = value.get("role") if type(value) is dict else None
    check = _ROLES.get(role) if type(role) is str else None
    return value if check is not None and check(value) else None


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
