"""The token that whoever watches must have, where the environment names one: for machines with several users.

It comes from the environment, not from the command line, which every user of a machine can read; nothing prints it.
Pure. What this file does not know: requests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from common.errors import UsageError

VARIABLE: Final = "VINOFLEET_SERVE_TOKEN"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_~.-]{16,128}")
"""What needs no escape in an address or a cookie, and is not guessed at so many tries as a server answers."""


def check_token(environment: Mapping[str, str]) -> None:
    """Refuse a token that would not protect, or not work.

    Raises:
        UsageError: it is too short, too long, or of other characters.
    """
    token = environment.get(VARIABLE, "")
    if token and not _TOKEN.fullmatch(token):
        raise UsageError(
            f"{VARIABLE} is no token of 16 to 128 letters, digits and -._~", "make one with: openssl rand -hex 16"
        )
