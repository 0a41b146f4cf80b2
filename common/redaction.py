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
    """Return host, port and path, as far as they can be told from secrets.

    Up to the last `@`, and not of the host's part alone: a password that was not escaped may hold a `/`. So a path's
    own `@` goes too, as it cannot be told from one. Behind a `?` or a `#` an `@` may end a password that holds one, or
    stand in a query that is a secret: nothing is shown then.
    """
    address, *hidden = re.split(r"[?#]", rest, maxsplit=1)
    return "..." if "@" in "".join(hidden) else address.rpartition("@")[2]
