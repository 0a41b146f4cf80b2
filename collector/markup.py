"""Builds HTML whose text is always escaped: what a peer or a file's name says is text, never markup.

Guarantees that a child or an attribute which is a plain string is escaped; only what this file made itself is not.
Does NOT know what the elements mean.
"""

from __future__ import annotations

from html import escape
from typing import Final

_VOID: Final = frozenset({"br", "meta"})
"""Elements without an end tag (HTML Living Standard, 13.1.2), of those that are used."""


class Html(str):
    """Text that is markup already. Made by `el` and `join`; from a literal only where no data is in it."""

    __slots__ = ()


def el(tag: str, /, *children: str, **attributes: str) -> Html:
    """One element; children that are no `Html` are escaped, and attributes always.

    An attribute's name may end in `_` (`class_`), and other underscores are hyphens (`aria_label`).
    """
    named = [f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items()]
    opening = f"<{tag}{''.join(named)}>"
    return Html(opening if tag in _VOID else f"{opening}{join(*children)}</{tag}>")


def join(*parts: str) -> Html:
    """Parts one after the other; those that are no `Html` are escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))
