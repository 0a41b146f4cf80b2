"""Tells scripts which address a role has bound, where the port was chosen by the system (`--address-file`).

Guarantees that a reader sees the whole address or no file. It knows nothing of sockets.
"""

from __future__ import annotations

import os
from pathlib import Path

from common.errors import OutputError


def write_address(path: Path, address: str) -> None:
    """Put one line with the address at `path` in one step, replacing what is there.

    Raises:
        OutputError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(f"{address}\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written ({error.strerror})", "name a file in a folder that exists"
        ) from error
