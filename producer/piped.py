"""What comes through stdin, where something does.

What this file does not know: what it is.
"""

from __future__ import annotations

import sys

from common.errors import InputError


def piped_stdin() -> int:
    """Return the descriptor of stdin.

    Raises:
        InputError: it is closed, or a terminal, on which nobody types a video.
    """
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise InputError("nothing is piped into stdin", "write ffmpeg ... - | vinofleet ..., or name a file")
    return sys.stdin.fileno()
