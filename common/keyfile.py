"""The key file: where it is, who may read it, and how it is changed without losing anything.

It is refused unless it is a regular file, this user's own, closed to everybody else, and not larger than a key file
can be: whoever could have changed it could have admitted themselves. It is written beside itself and renamed, under a
lock, so a reader sees the old keys or the new ones, and two who change it at once lose nothing.

What this file does not know: what a key means (`keyring`), and sockets.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Final

from platformdirs import user_config_path

from common.errors import KeyFileError, OutputError
from common.keyring import Keyring, dump_keyring, parse_keyring

VARIABLE: Final = "VINOFLEET_KEYS"
FILE_MAX_BYTES: Final = 1024**2
"""1024 allowed keys are a third of it."""

MODE: Final = 0o600
LOCK_MAX_S: Final = 10.0
_OTHERS: Final = 0o077


def default_path() -> Path:
    """Return where this user's key file is, or would be: VINOFLEET_KEYS, or `keys.json` in the user's configuration."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_config_path("vinofleet", appauthor=False) / "keys.json"


def find_keyring(named: Path | None = None) -> Keyring | None:
    """Read the keys that a process is to use: those of `--keys`, of VINOFLEET_KEYS, or this user's, if there are any.

    Args:
        named: what `--keys` says.

    Returns:
        None if no file was named and this user has none.

    Raises:
        KeyFileError: the file that was named does not exist, or the file is not as it must be.
    """
    path = default_path() if named is None else named
    if named is None and not os.environ.get(VARIABLE) and not os.path.lexists(path):
        return None
    return read_keyring(path)


def read_keyring(path: Path) -> Keyring:
    """Read a key file.

    Raises:
        KeyFileError: it is missing, not a regular file, open to others, somebody else's, too large, or damaged.
    """
    data = _read(path)
    try:
        keyring = parse_keyring(data)
    except KeyFileError as error:
        raise KeyFileError(
            f"the key file {path} is damaged, {error.what}", error.remedy or "put back a copy of it, or make a new one"
        ) from None
    _require_pair(keyring, path)
    return keyring


def create_keyring(
    path: Path, make: Callable[[Keyring | None], Keyring], *, force: bool
) -> tuple[Keyring | None, Keyring]:
    """Write a key file where there is none, or with `force` in the place of whatever is there.

    Args:
        path: where.
        make: what is to be in it, of what is there; None if nothing is, or nothing that could be read and trusted.
        force: whether it may be replaced.

    Returns:
        What `make` was given, and what it made.

    Raises:
        OutputError: there is one already, or it cannot be written.
        KeyFileError: what is there is no regular file, or another process holds the lock.
    """
    with _locked(path):
        if os.path.lexists(path) and not force:
            raise OutputError(
                f"the key file {path} exists",
                "`vinofleet keys show` prints its key; --force makes a new one, which every partner must allow anew",
            )
        before = _readable(path)
        made = make(before)
        _write(path, made)
        return before, made


def _readable(path: Path) -> Keyring | None:
    try:
        return read_keyring(path)
    except KeyFileError:
        return None


def change_keyring(path: Path, edit: Callable[[Keyring], Keyring]) -> Keyring:
    """Replace what a key file says by what `edit` makes of it; nobody else changes it meanwhile.

    Returns:
        What it says now.

    Raises:
        KeyFileError: it cannot be read, or another process holds the lock.
        OutputError: it cannot be written.
        Exception: whatever `edit` raises; the file is then as it was.
    """
    if not os.path.lexists(path):
        read_keyring(path)  # says what to do; a lock would make a folder first
    with _locked(path):
        before = read_keyring(path)
        after = edit(before)
        if after != before:
            _write(path, after)
        return after


def fingerprint(path: Path) -> object:
    """Return something that differs after the file was changed or replaced; None if it cannot be looked at."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(path: Path) -> bytes:
    handle = _open(path)
    try:
        _require_closed(os.fstat(handle), path)
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be read ({error.strerror})", "mend its disk") from None
    finally:
        os.close(handle)
    if len(data) > FILE_MAX_BYTES:
        raise _too_large(path)
    return data


def _open(path: Path) -> int:
    try:
        # Neither follows a link that somebody put there, nor waits for whoever writes to a pipe.
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyFileError(f"there is no key file {path}", "make one with `vinofleet keys new`") from None
    except OSError as error:
        if path.is_symlink():
            raise KeyFileError(f"the key file {path} is a symbolic link", "name the file itself") from None
        raise KeyFileError(f"the key file {path} cannot be read ({error.strerror})", "see who owns it") from None


def _require_closed(found: os.stat_result, path: Path) -> None:
    """Refuse what others may have read or written."""
    if not stat.S_ISREG(found.st_mode):
        raise KeyFileError(f"the key file {path} is no regular file", "name a file")
    if found.st_uid != os.geteuid():
        raise KeyFileError(
            f"the key file {path} belongs to user {found.st_uid}, and this process is user {os.geteuid()}",
            f"run this as that user, or chown {os.geteuid()} {quote(str(path))}",
        )
    if found.st_mode & _OTHERS:
        raise KeyFileError(
            f"the key file {path} is open to other users (mode {stat.S_IMODE(found.st_mode):03o})",
            f"chmod 600 {quote(str(path))}; if others use this machine, make a new key: `vinofleet keys new --force`",
        )
    if found.st_size > FILE_MAX_BYTES:
        raise _too_large(path)


def _too_large(path: Path) -> KeyFileError:
    return KeyFileError(f"the key file {path} has more than {FILE_MAX_BYTES} bytes", "it is none; name another")


def _require_pair(keyring: Keyring, path: Path) -> None:
    """Refuse halves of two pairs: no handshake would succeed, and nobody would know why."""
    from common.key_pair import public_of  # noqa: PLC0415 - a process without keys, and each --help, starts without ZeroMQ

    if public_of(keyring.secret) != keyring.public:
        raise KeyFileError(
            f"the key file {path} is damaged, its public key is not that of its secret key",
            "put back a copy of it, or make a new one",
        )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout  # noqa: PLC0415 - whoever reads needs no lock

    with _on_disk(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=LOCK_MAX_S, mode=MODE)
        try:
            lock.acquire()
        except Timeout:
            raise KeyFileError(
                f"another process has been changing {path} for {LOCK_MAX_S:g} s", "see what it does, and end it"
            ) from None
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, keyring: Keyring) -> None:
    data = dump_keyring(keyring)
    with _on_disk(path):
        if path.is_dir() and not path.is_symlink():
            raise KeyFileError(f"the key file {path} is no regular file", "name a file")
        handle, part = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600 from its first moment
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(path)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make sure that the name outlives a loss of power, as its bytes do."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"the key file {path} cannot be written ({error.strerror})", "its folder must be writable and have room"
        ) from error
