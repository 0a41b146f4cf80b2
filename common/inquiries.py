"""Answers whoever asks how a process is, at a cost and of a size that no asker can raise.

Guarantees that an answer is made at most each `STATUS_EVERY_S`, however many ask; that in this time a connection gets
one, and no more than `ASKERS_MAX` connections do; and that an answer fits into a message, saying what it leaves out.
Asking changes nothing: whoever asks has no session, and nobody waits for it.
What this file does not know: what there is to tell, which each role writes in its `status.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from common import limits
from common.actions import Send
from common.messages import PROTOCOL, Ask, Told
from common.schema import as_text

SCHEMA: Final = "vinofleet-status/1"

Document: TypeAlias = dict[str, Any]
"""A JSON object of the shape in vinofleet/schemas/status.schema.json, but for `left_out`."""


class Identity(NamedTuple):
    """What the edge knows of its process: for people who look for it."""

    version: str = ""
    pid: int = 0
    host: str = ""


UNKNOWN: Final = Identity()
"""Of a core that no process runs."""


class Standing(NamedTuple):
    """What a process says of itself before it speaks of others.

    Attributes:
        role: `producer` or `collector`.
        instance: 16 bytes, as in its hello or welcome.
        identity: of the process.
        up_s: seconds since it began.
        phase: `running`, or how far it is from its end.
        waits_for: whom or what it lacks to do its work; empty where it can.
    """

    role: str
    instance: bytes
    identity: Identity
    up_s: float
    phase: str
    waits_for: Sequence[str]

    def document(self, about: str) -> Document:
        """The part of an answer that every role has; `about` is the one worker that it is about, or empty."""
        return {
            "schema": SCHEMA,
            "role": self.role,
            "about": about,
            "instance": self.instance.hex(),
            "protocol": PROTOCOL,
            "version": as_text(self.identity.version),
            "pid": self.identity.pid,
            "host": as_text(self.identity.host),
            "up_s": round(self.up_s, 3),
            "phase": self.phase,
            "ready": self.phase == "running" and not self.waits_for,
            "waits_for": list(self.waits_for),
        }


class Inquiries:
    """Who asked at one bound link, and what they were told.

    Args:
        link: the endpoint's name, put into each `Send`.
    """

    def __init__(self, link: str) -> None:
        self._link: Final = link
        self._until = -float("inf")
        self._told: Final[set[bytes]] = set()
        self._whole: bytes | None = None

    def __repr__(self) -> str:
        return f"Inquiries({self._link}, {len(self._told)} told)"

    def answer(self, peer: bytes, ask: Ask, now: float, describe: Callable[[str], bytes]) -> list[Send]:
        """Answer a connection, unless it has just been answered, or too many have.

        Args:
            peer: the connection.
            ask: its question.
            now: seconds.
            describe: writes the document about a worker, or about all for "".
        """
        if now >= self._until:
            self._until = now + limits.STATUS_EVERY_S
            self._told.clear()
            self._whole = None
        if peer in self._told or len(self._told) >= limits.ASKERS_MAX:
            return []
        self._told.add(peer)
        return [Send(self._link, peer, Told(ask.number), self._document(ask.worker, describe))]

    def _document(self, worker: str, describe: Callable[[str], bytes]) -> bytes:
        if worker:
            return describe(worker)
        if self._whole is None:
            self._whole = describe("")
        return self._whole


def bounded(document: Document, totals: Mapping[str, int]) -> bytes:
    """Write a document of at most `STATUS_MAX_BYTES`.

    Args:
        document: everything but `left_out`; its lists need no more than `STATUS_ROWS_MAX` entries.
        totals: how many entries each list would have.
    """
    rows = limits.STATUS_ROWS_MAX
    while True:
        lists = {name: document[name][:rows] for name in totals}
        left_out = {name: total - len(lists[name]) for name, total in totals.items()}
        whole = {**document, **lists, "left_out": left_out}
        encoded = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        if len(encoded) <= limits.STATUS_MAX_BYTES or not rows:
            return encoded
        rows //= 2


def milliseconds(seconds: float) -> float:
    """Round a duration for an answer."""
    return round(1000 * seconds, 3)
