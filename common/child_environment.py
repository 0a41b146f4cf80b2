"""The environment of a child process that is to run the same packages as this one.

What this file does not know: what the child does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).resolve().parents[1]
"""Where the packages lie."""


def environment() -> dict[str, str]:
    """This process's environment, in which a child finds the packages, wherever this process was started."""
    inherited = dict(os.environ)
    if str(HOME) in sys.path[1:]:
        return inherited
    paths = [str(HOME), *filter(None, [inherited.get("PYTHONPATH")])]
    return {**inherited, "PYTHONPATH": os.pathsep.join(paths)}
