"""Whose turn it is: streams in a circle, those with nothing to send passed over.

All frames of one job have the same size, so taking turns frame by frame is deficit round-robin with a quantum of one
frame. The cost of a turn does not grow with the number of idle streams.
"""

from __future__ import annotations

from typing import Final


class Rotation:
    """A circle of names."""

    def __init__(self) -> None:
        self._circle: Final[dict[str, None]] = {}

    def __repr__(self) -> str:
        return f"Rotation({list(self._circle)})"

    def __bool__(self) -> bool:
        return bool(self._circle)

    def __contains__(self, name: str) -> bool:
        return name in self._circle

    def join(self, name: str) -> None:
        """Give a name a place at the end, unless it has one."""
        self._circle.setdefault(name)

    def leave(self, name: str) -> None:
        """Take a name out."""
        self._circle.pop(name, None)

    def turn(self) -> str:
        """Return whose turn it is, and send it to the end.

        Raises:
            StopIteration: nobody is there.
        """
        name = next(iter(self._circle))
        del self._circle[name]
        self._circle[name] = None
        return name
