"""A file that one process appends to: lines, or fragments of a video.

Guarantees that an append is there completely or not at all as long as this process lives, that one process at a time
holds a file (flock), and that a file which holds something is never taken over by accident. Does NOT know what the
bytes mean. A SIGKILL in the middle of a large write may leave a part of it behind: whole records of the batch, then at
most one torn, which recovery cuts off.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from collector.paths import output_error, remove, sync_folder
from common.errors import OutputError

_WAIT_FOR_IT: Final = "wait for it, stop it, or choose another output"


class HeldError(OutputError):
    """Another process has the file open for appending, or has removed it in the moment it was opened."""


class AppendFile:
    """An open file and the offset where its last whole record ends. Made by `create` or `reopen`.

    Writes are positioned (pwrite): after a failed one the next begins at the same offset.

    Attributes:
        path: its path.
        end: the offset where the next append begins.
        created: whether there was no such file before.
    """

    def __init__(self, path: Path, handle: int, end: int, *, created: bool) -> None:
        self.path = path
        self.end = end
        self.created = created
        self._handle = handle
        self._dirty = False

    @classmethod
    def create(cls, path: Path, *, overwrite: bool) -> AppendFile:
        """Open an empty file, and make its existence durable; if that fails or is interrupted, what it made is gone.

        Raises:
            HeldError: another process writes it.
            OutputError: it holds something and is not to be overwritten, is no regular file, or cannot be opened.
        """
        file = cls._open(path)
        try:
            file._claim(overwrite=overwrite)  # noqa: SLF001 - its own
        except BaseException:
            with ExitStack() as stack:
                stack.callback(file.close)
                if file.created:
                    remove(path)  # nobody else knows that it was made
            raise
        return file

    @classmethod
    def reopen(cls, path: Path, tail: bytes = b"") -> AppendFile:
        """Open a file to continue at its end, which must be a whole record's (recovery has seen to it).

        Args:
            path: of the file.
            tail: what a finished file ends with; is it there, the file is continued before it.

        Raises:
            HeldError: another process writes it.
            OutputError: it is no regular file or cannot be opened or cut.
        """
        file = cls._open(path)
        try:
            file._cut(tail)  # noqa: SLF001 - its own
        except BaseException:
            os.close(file._handle)  # noqa: SLF001 - its own
            raise
        return file

    @classmethod
    def _open(cls, path: Path) -> AppendFile:
        try:
            handle, created = _open(path)
        except OSError as error:
            raise output_error("opened", path, error) from error
        try:
            _hold(handle, path)
        except BaseException:
            os.close(handle)
            raise
        return cls(path, handle, os.fstat(handle).st_size, created=created)

    def _claim(self, *, overwrite: bool) -> None:
        if self.end > 0 and not overwrite:
            raise OutputError(f"{self.path} exists", "choose another name or add --force")
        self.rewind(0)
        try:
            sync_folder(self.path.parent)
        except OSError as error:
            raise output_error("created", self.path, error) from error

    def _cut(self, tail: bytes) -> None:
        at = self.end - len(tail)
        try:
            has_tail = bool(tail) and at >= 0 and os.pread(self._handle, len(tail), at) == tail
        except OSError as error:
            raise output_error("read", self.path, error) from error
        if has_tail:
            self.rewind(at)

    def append(self, records: bytes) -> None:
        """Hand whole records to the operating system, with one write unless it takes less at a time.

        Raises:
            DiskFullError: there is no room now.
            OutputError: a limit, a failing disk. In both cases the file ends where it ended before, so the same
                records can be appended later.
        """
        rest, at = memoryview(records), self.end
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
        """Cut the file off at `end`, an earlier end of a whole record.

        Raises:
            OutputError: not even that works; the file may then end with records that were not confirmed.
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
            OutputError: the disk failed, or has promised room that it does not have (never a `DiskFullError`). What
                was lost is unknown then: there is no second try.
        """
        if not self._dirty:
            return
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise output_error("synced", self.path, error, passing=False) from error
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


def _open(path: Path) -> tuple[int, bool]:
    """A descriptor, and whether the file is new."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags | os.O_EXCL, 0o666), True
    except FileExistsError:
        return os.open(path, flags, 0o666), False


def _hold(handle: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise OutputError(f"{path} is not a regular file, so nothing could be resumed", "name a file")
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise HeldError(f"{path} is held by another collector", _WAIT_FOR_IT) from error
    except OSError as error:
        raise output_error("locked", path, error) from error
    if not os.fstat(handle).st_nlink:
        raise HeldError(f"{path} was just removed by another collector", _WAIT_FOR_IT)
