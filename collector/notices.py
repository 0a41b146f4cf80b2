"""Says each thing to the person at the shell once."""

from __future__ import annotations

from typing import Final

from common.actions import Notice

_TOLD_MAX: Final = 1000
"""Texts may hold names that peers chose: past this many, nobody reads them any more."""


class Notices:
    """Remembers what was said."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, level: str, text: str) -> list[Notice]:
        """The notice, or nothing where it was said before."""
        if text in self._told or len(self._told) >= _TOLD_MAX:
            return []
        self._told.add(text)
        return [Notice(level, text)]
