"""Words of a closed set, such as the states of a frame, that are looked up at each event.

What this file does not know: any of them.
"""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """One of a set of words. As a key it costs what its string costs: `Enum` works out each hash in Python."""

    __hash__ = str.__hash__
