"""Addresses as people may see them: without who has access, and without what comes after a `?`.

An address of a camera often holds its password, and one of a file a key that is as good as one. Pure.
What this file does not know: what an address is used for.
"""

from __future__ import annotations

import re
from typing import Final

SCHEMES: Final = "rtsps?|https?"
"""Those whose addresses may hold secrets; they are all that is changed."""

_ADDRESS: Final = re.compile(rf"((?:{SCHEMES})://)(\S*)", re.IGNORECASE)


def redacted(text: str) -> str:
    """Write a text, such as an address or a command line's word, without the secrets in the addresses that it holds."""
    return _ADDRESS.sub(lambda found: found[1] + _public(found[2]), text)


def _public(rest: str) -> str:
    """Return host, port and path.

    Up to the last `@` of all, and not of the host's part alone: a password that was not escaped may hold a `/` or a
    `?`. So a path's own `@` goes too, as it cannot be told from one.
    """
    return re.split(r"[?#]", rest.rpartition("@")[2])[0]
