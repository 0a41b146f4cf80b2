"""A file of whole lines that one process appends to.

Guarantees that an append is there completely or not at all as long as this process lives, and that a file which holds
something is never taken over by accident. Does NOT know what a line means. A SIGKILL in the middle of a large write
may leave a part of it behind: whole lines of the batch, then at most one torn line, which recovery cuts off.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from collector.paths import output_error, sync_folder
from common.errors import OutputError


class LineFile:
    """An open file and the offset where its last whole line ends.

    Writes are positioned (pwrite): after a failed one the next begins at the same offset.
    """

    def __init__(self, path: Path, handle: int, end: int) -> None:
        self.path = path
        self.end = end
        self._handle = handle
        self._dirty = False

    @classmethod
    def create(cls, path: Path, *, overwrite: bool) -> LineFile:
        """Open an empty file, and make its existence durable.

        Raises:
            OutputError: it holds something and is not to be overwritten, is no regular file, or cannot be opened.
        """
        file = cls._open(path)
        try:
            file._claim(overwrite=overwrite)  # noqa: SLF001 - its own
        except BaseException:
            file.close()
            raise
        return file

    @classmethod
    def reopen(cls, path: Path) -> LineFile:
        """Open a file to continue at its end, which must be a whole line's (recovery has seen to it).

        Raises:
            OutputError: it is no regular file or cannot be opened.
        """
        return cls._open(path)

    @classmethod
    def _open(cls, path: Path) -> LineFile:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise output_error("opened", path, error) from error
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            os.close(handle)
            raise OutputError(f"{path} is not a regular file, so nothing could be resumed", "name a file")
        return cls(path, handle, found.st_size)

    def _claim(self, *, overwrite: bool) -> None:
        if self.end > 0 and not overwrite:
            raise OutputError(f"{self.path} exists", "choose another name or add --force")
        self.rewind(0)
        try:
            sync_folder(self.path.parent)
        except OSError as error:
            raise output_error("created", self.path, error) from error

    def fileno(self) -> int:
        """The descriptor, for locks."""
        return self._handle

    def append(self, lines: bytes) -> None:
        """Hand whole lines to the operating system with one write.

        Raises:
            OutputError: no space, a limit, a failing disk; the file then ends where it ended before, so the same
                lines can be appended later.
        """
        rest, at = memoryview(lines), self.end
        try:
            while rest:
                self._dirty = True
                done = os.pwrite(self._handle, rest, at)
                rest, at = rest[done:], at + done
        except OSError as error:
            self.rewind(self.end)
            raise output_error("written", self.path, error) from error
        self.end = at

    def rewind(self, end: int) -> None:
        """Cut the file off at `end`, an earlier end of a whole line.

        Raises:
            OutputError: not even that works; the file may then end with lines that were not confirmed.
        """
        try:
            os.ftruncate(self._handle, end)
        except OSError as error:
            raise output_error("cut back", self.path, error) from error
        self._dirty = True
        self.end = end

    def sync(self) -> None:
        """Wait until the disk has what was appended.

        Raises:
            OutputError: the disk failed. What it lost is unknown then: there is no second try.
        """
        if not self._dirty:
            return
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise output_error("synced", self.path, error) from error
        self._dirty = False

    def close(self) -> None:
        """Close without a sync.

        Raises:
            OutputError: the file system reports a late failure (NFS does).
        """
        try:
            os.close(self._handle)
        except OSError as error:
            raise output_error("closed", self.path, error) from error
