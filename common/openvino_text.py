"""Make one readable line of what OpenVINO throws. Pure; knows the shape of its messages, not their meaning.

OpenVINO nests errors as `Exception from FILE:LINE:` and `Check 'CONDITION' failed at FILE:LINE:` lines around the text
that says what happened; people want the text.
"""

from __future__ import annotations

import re
from typing import Final

from common import limits

_FRAME: Final = re.compile(r"(Exception from \S+:\d+:|Check '.*' failed at \S+:\d+:?|FrontEnd API failed with \w+:)\s*")


def plain(message: str) -> str:
    """Return the text without source locations, on one line, of at most TEXT_MAX_CHARS characters."""
    lines = (_FRAME.sub("", line).strip() for line in message.splitlines())
    text = " ".join(" ".join(line for line in lines if line).split())
    return (text or "OpenVINO gave no reason")[: limits.TEXT_MAX_CHARS].rstrip(" .")
