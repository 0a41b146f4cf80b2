"""Where models with names are kept: a folder that any number of processes share, and what comes with the installation.

Guarantees: a model is said to be here only if each of its files has the size and the SHA-384 of the manifest, looked at
each time; one that was changed on the disk, or put there by hand and wrong, is therefore fetched anew. A file gets its
name when it is whole and checked; what is coming is called `*.part`, which nothing reads, and is gone when its process
ends, or else when the next one fetches the same model.

| in the folder | what |
|---|---|
| `NAME/PRECISION/FILE` | a file of a model; may be put there by hand |
| `NAME/PRECISION/FILE.part` | one that is coming |
| `NAME/PRECISION.lock` | held by the one process that may write to `NAME/PRECISION` |

What this file does not know: networks, how a name is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from common.errors import OutputError
from common.zoo.manifest import Entry, ZooFile

EMBEDDED: Final = Path(__file__).with_name("embedded")
"""What comes with vinofleet."""

PART: Final = ".part"

LOCK_MAX_S: Final = 1800.0
"""How long another process may take over the same model: one that takes longer was halted, or has a very slow line."""


class ZooStore:
    """The folder; made when it is first written to.

    Args:
        root: where it is.

    Every method raises OutputError where the disk fails.
    """

    def __init__(self, root: Path) -> None:
        self._root: Final = root

    def __repr__(self) -> str:
        return f"ZooStore({self._root})"

    def folder(self, entry: Entry, precision: str) -> Path:
        """Return where a model's files are, or are to be."""
        return EMBEDDED if entry.embedded else self._root / entry.name / precision

    def graph(self, entry: Entry, precision: str) -> Path:
        """Return where a model's graph is, or is to be."""
        if entry.embedded:
            return self._embedded(entry)[0]
        return self.folder(entry, precision) / entry.files[precision][0].name

    def has(self, entry: Entry, precision: str) -> bool:
        """Whether all of a model is here and right."""
        if entry.embedded:
            return all(path.is_file() for path in self._embedded(entry))
        return not self.missing(entry, precision)

    def missing(self, entry: Entry, precision: str) -> list[ZooFile]:
        """List the files of a model that are not here, or are not right."""
        folder = self.folder(entry, precision)
        with self._on_disk():
            return [file for file in entry.files[precision] if not _is(folder / file.name, file)]

    def nbytes(self, entry: Entry, precision: str) -> int:
        """Count the bytes of a model: those of the manifest, or of what the installation has."""
        if entry.embedded:
            return sum(path.stat().st_size for path in self._embedded(entry) if path.is_file())
        return sum(file.size for file in entry.files[precision])

    @contextmanager
    def claim(self, entry: Entry, precision: str, on_wait: Callable[[], None]) -> Iterator[None]:
        """Within this no other process writes this model, and nothing is left of one that was killed at it.

        Args:
            entry: the model.
            precision: one that it has.
            on_wait: called where another process has it, before this one waits.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415 - a model that is here needs no lock

        folder = self.folder(entry, precision)
        with self._on_disk():
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder.with_name(f"{precision}.lock"), timeout=0)
            try:
                lock.acquire()
            except Timeout:
                on_wait()
                self._wait_for(lock.acquire)
        try:
            with self._on_disk():
                for left in folder.glob(f"*{PART}"):
                    left.unlink()
            yield
        finally:
            lock.release()

    @contextmanager
    def coming(self, entry: Entry, precision: str, file: ZooFile) -> Iterator[BinaryIO]:
        """Give a file to write to, which gets its name if this ends well, and is gone if it does not."""
        place = self.folder(entry, precision) / file.name
        part = place.with_name(place.name + PART)
        try:
            with self._on_disk(), part.open("wb") as out:
                yield out
            with self._on_disk():
                part.replace(place)
        finally:
            with self._on_disk():
                part.unlink(missing_ok=True)

    @staticmethod
    def _embedded(entry: Entry) -> tuple[Path, Path]:
        return EMBEDDED / f"{entry.name}.xml", EMBEDDED / f"{entry.name}.bin"

    def _wait_for(self, acquire: Callable[..., object]) -> None:
        from filelock import Timeout  # noqa: PLC0415 - as above

        try:
            acquire(timeout=LOCK_MAX_S)
        except Timeout as error:
            raise OutputError(
                f"another process has held a lock in {self._root} for {LOCK_MAX_S:g} s", "see what it does, and end it"
            ) from error

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"models cannot be kept in {self._root} ({error.strerror or error})",
                "make room there, or name another cache folder with XDG_CACHE_HOME",
            ) from error


def _is(path: Path, file: ZooFile) -> bool:
    """Whether a file is there, with the bytes that it should have."""
    try:
        with path.open("rb") as there:
            return path.stat().st_size == file.size and hashlib.file_digest(there, "sha384").hexdigest() == file.sha384
    except (FileNotFoundError, NotADirectoryError):
        return False
