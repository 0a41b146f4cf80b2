"""How wide the terminal is that stdout goes to, if it is one."""

from __future__ import annotations

import shutil
import sys


def terminal_columns() -> int | None:
    """Columns of the terminal (COLUMNS, or else its own word); None where stdout goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None
