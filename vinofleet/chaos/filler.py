"""A file that takes the room on a file system, and gives it back.

Guarantees that the room is free again however this process ends: the file has no name from its beginning on, so the
kernel frees it with the last descriptor. And that no large or shared file system is filled unless somebody said so.
What this file does not know: who writes there, and when it is full.
"""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from common.errors import DiskFullError, OutputError, UsageError

SMALL_BYTES: Final = 1 << 30
"""A file system of this size and more is hardly there to be filled."""

STEPS_BYTES: Final = (1 << 24, 1 << 20, 1 << 16, 1 << 12, 1 << 9, 1)
"""Sizes of the pieces: large ones first, so that it is quick, then what is left between."""


def check_filling(folder: Path, *, any_size: bool) -> None:
    """Refuse to fill what others need.

    Args:
        folder: on the file system.
        any_size: the user says that it may be filled, whatever it is.

    Raises:
        UsageError: it is no folder, or its file system is large, or the system's own.
    """
    if not folder.is_dir():
        raise UsageError(f"--fill {folder} is no folder", "name one on a file system that may be filled")
    if any_size:
        return
    size_bytes = os.statvfs(folder).f_blocks * os.statvfs(folder).f_frsize
    theirs = {Path(place).stat().st_dev for place in ("/", tempfile.gettempdir(), Path.home())}
    if folder.stat().st_dev in theirs:
        raise UsageError(f"--fill {folder} is on a file system that the system or you need", _REMEDY)
    if size_bytes >= SMALL_BYTES:
        raise UsageError(f"--fill {folder} is on a file system of {size_bytes / 1e9:.1f} GB", _REMEDY)


_REMEDY: Final = "use a small one of its own (mount -t tmpfs -o size=8m), or say --fill-any"


class Filler:
    """Takes the room of a file system until it is closed.

    Args:
        folder: on the file system.
        leave_bytes: how much is left for others.

    Raises:
        DiskFullError: there is no room even for an empty file.
        OutputError: no file can be made there.
    """

    def __init__(self, folder: Path, leave_bytes: int = 0) -> None:
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - `close` does
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFullError(f"{folder} is full") from error
            raise OutputError(f"{folder} cannot be filled ({error.strerror})", "check the folder") from error
        self.taken_bytes = self._grow(leave_bytes)

    def close(self) -> None:
        """Give the room back."""
        self._file.close()

    def _grow(self, leave_bytes: int) -> int:
        """Write until nothing fits, then give back what others may have; returns how much is held."""
        for step in STEPS_BYTES:
            piece = bytes(step)
            with suppress(OSError):
                while self._file.write(piece):
                    pass
        size = max(0, self._file.tell() - leave_bytes)
        self._file.truncate(size)
        return size
