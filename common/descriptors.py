"""How many files and connections this process may have open at a time.

Desktops and shells start processes with 1024, of which any may take as many as the system's own limit for it: each peer
is one, and each stream several. It knows nothing of what they are for.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

ENOUGH: Final = 16_384
"""For as many sessions and streams as there may be; more is not taken, as some programs try each of them."""

ASSUMED: Final = 1024
"""Where the system does not say."""


def allowed_descriptors() -> int:
    """Take as many descriptors as are allowed, up to `ENOUGH`, and return how many that are; children inherit it."""
    if sys.platform == "win32":
        return ASSUMED
    import resource  # noqa: PLC0415 - Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, ENOUGH)), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
