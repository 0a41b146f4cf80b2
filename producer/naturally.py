"""The order in which people number files: `shot 2` before `shot 10`."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """What to sort names by: numbers by their value, letters regardless of case, and no two names alike."""
    parts = [part for part in _DIGITS.split(name.casefold()) if part]
    keys = tuple((0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts)
    return keys, name
