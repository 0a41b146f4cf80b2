"""In which order things are measured. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def turn(things: Sequence[T], repeat: int) -> list[T]:
    """The things as the repeat of this number (from 0) measures them: each time another one begins.

    So a machine's moods touch each alike.
    """
    first = repeat % len(things)
    return [*things[first:], *things[:first]]
