"""A temporary folder that is gone afterwards: at its end, or, of a process that was killed, when the next one begins.

Whoever has such a folder holds a lock on it, which the system lets go with the process: a folder that nobody holds was
left. What this file does not know: what lies in it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "vinofleet-measure-"


@contextmanager
def room() -> Iterator[Path]:
    """Make one, which is removed in the end; remove before it what killed processes of this user have left."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), _held(left, wait=False):
            if left.stat().st_uid == os.geteuid():
                shutil.rmtree(left, ignore_errors=True)
    with ExitStack() as stack:
        while not (folder := _made(stack)).is_dir():
            pass  # another one that begins took it for left before it was held
        yield folder


def _made(stack: ExitStack) -> Path:
    """Make a folder and hold it; `stack` removes it and lets it go."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    with suppress(FileNotFoundError):
        stack.enter_context(_held(folder, wait=True))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _held(folder: Path, *, wait: bool) -> Iterator[None]:
    """Hold a folder within this; not what a link of that name points to.

    Raises:
        OSError: another process holds it, it is somebody else's, gone, or no folder.
    """
    import fcntl  # noqa: PLC0415 - Windows has none

    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
