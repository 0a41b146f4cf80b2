"""Where results go: one file, or one a stream where the name holds `{stream}`.

Guarantees that a stream's name never leads out of the folder, and that a missing folder is found before anything
starts. Does NOT know what the files hold.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.errors import DiskFullError, OutputError
from common.schema import is_name

PLACEHOLDER: Final = "{stream}"

FRAME: Final = "{frame}"
"""Stands for the frame's number in the name of a picture."""

PICTURE_SUFFIXES: Final = (".jpg", ".jpeg", ".png")
"""What a picture's name ends with, whatever its case."""

START_OVER: Final = "restore it, or add --force to start over"
"""What to do where outputs and their journal do not fit together."""

_FULL: Final = {
    errno.ENOSPC: "no space left on the device",
    errno.EDQUOT: "the quota of the disk is used up",
}
_MAKE_ROOM: Final = "make room and start the collector again, it resumes"
_REMEDIES: Final = {
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
    errno.EFBIG: "raise the file size limit or choose another file system, and start the collector again, it resumes",
    errno.EROFS: "choose another folder",
    errno.EACCES: "choose another folder or change its permissions",
    errno.EPERM: "choose another folder or change its permissions",
    errno.ENOENT: "create the folder first",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


def output_error(what: str, path: Path, error: OSError, *, passing: bool = True) -> OutputError:
    """Translate an OSError: "out.jsonl cannot be written (Read-only file system): choose another folder".

    Args:
        what: cannot be done to it, as a participle.
        path: of the file.
        error: what the operating system said.
        passing: whether trying again helps where there was no room; then that is a `DiskFullError`.
    """
    if passing and error.errno in _FULL:
        return DiskFullError(f"{path}: {_FULL[error.errno]}", _MAKE_ROOM)
    remedy = _REMEDIES.get(error.errno or 0, "")
    if error.errno == errno.ENOENT and path.parent.is_dir():  # its journal knows it
        remedy = START_OVER
    return OutputError(f"{path} cannot be {what} ({error.strerror or error})", remedy)


def sync_folder(folder: Path) -> None:
    """Make the creation or renaming of a file in `folder` survive a power loss.

    Raises:
        OSError: the folder cannot be opened or synced.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove a file, if it is there.

    Raises:
        OutputError: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise output_error("removed", path, error) from error


def check_folder(path: Path) -> None:
    """Refuse a file whose folder is missing or cannot be written, or that is a folder itself.

    Raises:
        OutputError: with what to do about it.
    """
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"{path} cannot be written: there is no folder {folder}", "create the folder first")
    if path.is_dir():
        raise OutputError(f"{path} is a folder", "name a file in it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{path} cannot be written: {folder} is not writable", _REMEDIES[errno.EACCES])


@dataclass(frozen=True, slots=True)
class OutputPath:
    """A path that may hold `{stream}` in its file name.

    Attributes:
        template: the path as it was given; where files go into a folder of their own, with their names' pattern.
        makes_folder: whether the file's folder is made for it.

    Raises:
        OutputError: `{stream}` stands in a folder's name; folders are not created. Or it is a folder without a name.
    """

    template: Path
    makes_folder: bool = False

    def __post_init__(self) -> None:
        if PLACEHOLDER in str(self.template.parent):
            raise OutputError(f"{self.template} has {PLACEHOLDER} in a folder's name", "use it in the file's name only")
        if not self._outermost.name:
            raise OutputError(f"{self._outermost} has no name beside which a journal could lie", "name what is in it")

    @property
    def per_stream(self) -> bool:
        """Whether each stream has a file of its own."""
        return PLACEHOLDER in self.template.name

    @property
    def journal(self) -> Path:
        """The journal's path. Braces stay in it: no stream's name holds any, so it is never a stream's file."""
        return self._outermost.with_name(self._outermost.name + ".journal")

    def check(self) -> None:
        """Refuse a place where nothing can be written; see `check_folder`.

        Raises:
            OutputError: with what to do about it.
        """
        if not self.makes_folder:
            check_folder(self.template)
        elif self.template.parent.exists():
            check_folder(self.template)
            check_folder(self.journal)
        else:
            check_folder(self.template.parent)

    @property
    def _outermost(self) -> Path:
        """What is made in a folder that must be there."""
        return self.template.parent if self.makes_folder else self.template

    def of(self, stream: str) -> Path:
        """The file that holds a stream's rows.

        Raises:
            ValueError: the name is none that the protocol admits, so it might be a path.
        """
        if not is_name(stream):
            raise ValueError(f"not a stream's name: {stream!r}")
        return self.template.with_name(self.template.name.replace(PLACEHOLDER, stream))
