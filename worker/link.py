"""A peer that the worker connects to: its session, and what a person is told while nobody answers.

What this file does not know: what the peer is for.
"""

from __future__ import annotations

from typing import Final

from common.actions import Notice
from common.dialer import Dialer, Heard
from common.messages import Hello, Message, Refuse

_NOTICE_AFTER_S: Final = 1.0
"""How long a peer may be silent before a person is told: starting in any order is no news."""


_PUT_OFF: Final = ("name_taken", "full")
"""Refusals that may last, and that a person can do something about."""


class Link:
    """The link to one collector, and the half of that to a producer.

    Args:
        what: `producer` or `collector`, for people.
        name: of the link.
        address: where the peer is.
        hello: what to say.
        now: seconds.

    Attributes:
        dialer: the session.
        is_stuck: whether the last message could not be sent, and nothing was heard since.
    """

    def __init__(self, what: str, name: str, address: str, hello: Hello, now: float) -> None:
        self.what: Final = what
        self.name: Final = name
        self.address: Final = address
        self.dialer: Final = Dialer(name, hello, now)
        self.is_stuck = False
        self._notice_at = now + _NOTICE_AFTER_S
        self._put_off = ""
        self._told = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name}, {self.dialer.session.state})"

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self.dialer.is_open

    def heard(self, message: Message, now: float) -> Heard:
        """Take a message of the peer and say what it means for the session."""
        self.is_stuck = False
        heard = self.dialer.heard(message, now)
        if heard is Heard.IGNORED and isinstance(message, Refuse) and message.code in _PUT_OFF:
            self._put_off = message.text
        return heard

    def answered(self) -> None:
        """Note that the peer was there: from now on its loss is what a person is told of."""
        self._notice_at = float("inf")
        self._put_off = self._told = ""

    def notice(self, now: float) -> list[Notice]:
        """Tell once that the peer is waited for, and once why it admits nobody."""
        if self._put_off != self._told:
            self._told, self._notice_at = self._put_off, float("inf")
            text = f"the {self.what} at {self.address} does not admit this worker yet ({self._told}); trying again"
            return [Notice("warning", text)]
        if now < self._notice_at:
            return []
        self._notice_at = float("inf")
        return [Notice("detail", f"cannot reach the {self.what} at {self.address} yet; waiting for it")]

    def loss(self) -> Notice:
        """Tell that the session was lost; the dialer greets the peer again."""
        return Notice("warning", f"lost the {self.what} at {self.address}; greeting it again")

    def refusal(self) -> str:
        """Say that and why the peer refused for good; empty where it did not."""
        refusal = self.dialer.refusal
        if refusal is None:
            return ""
        return f"the {self.what} at {self.address} refused this worker ({refusal.code}): {refusal.text}"

    def deadline(self) -> float:
        """When this link next wants a look."""
        return min(self.dialer.deadline(), self._notice_at)


def collector_link_name(address: str) -> str:
    """Name the link to the collector at an address."""
    return f"collector:{address}"
