"""A disk of its own, small enough to be filled."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SIZE_BYTES: Final = 2 << 20
ROOM_BYTES: Final = 400 << 10


@dataclass(frozen=True)
class Disk:
    """A mounted disk with a file on it that leaves `ROOM_BYTES`.

    Attributes:
        folder: where it is mounted.
    """

    folder: Path

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.folder / "rest").open("wb", buffering=0) as rest, suppress(OSError):
            while rest.write(bytes(4096)):
                pass

    def leave(self, size_bytes: int) -> None:
        """Leave room for so much."""
        self.fill()
        rest = self.folder / "rest"
        os.truncate(rest, rest.stat().st_size - size_bytes)

    def empty(self) -> None:
        """Make room: remove what only fills it."""
        for name in ("filler", "rest"):
            (self.folder / name).unlink(missing_ok=True)


def obstacle() -> str:
    """Why no disk can be mounted here, or nothing."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return "needs root to mount a small disk"
    return ""


@contextmanager
def mounted(folder: Path) -> Iterator[Disk]:
    """A disk at a folder that is made for it."""
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(folder)], check=True, capture_output=True
    )
    try:
        (folder / "filler").write_bytes(bytes(SIZE_BYTES - ROOM_BYTES))
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
