"""Says each thing to the person at the shell once."""

from __future__ import annotations

from typing import Final

from common.actions import Notice

_TOLD_MAX: Final = 1000
"""Texts may hold names that peers chose: past this many, the earliest are forgotten, and may be said again."""

TOLD_EACH: Final = 10
"""So many events of a kind are told one by one."""


def is_told(count: int) -> bool:
    """Whether the so-manieth event of a kind is worth a line: the first ten, then each that doubles them."""
    return count <= TOLD_EACH or count & (count - 1) == 0


def so_far(count: int) -> str:
    """What is added to the line, where not all have had one."""
    return f" ({count} so far)" if count > TOLD_EACH else ""


class Notices:
    """Remembers what was said."""

    def __init__(self) -> None:
        self._told: dict[str, None] = {}

    def tell(self, level: str, text: str, *, once: str = "") -> list[Notice]:
        """The notice, or nothing where it, or one of the same kind (`once`), was said before."""
        kind = once or text
        if kind in self._told:
            return []
        self._told[kind] = None
        if len(self._told) > _TOLD_MAX:
            del self._told[next(iter(self._told))]
        return [Notice(level, text)]
