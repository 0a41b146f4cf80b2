"""Model files by content, in a folder that any number of workers share.

Guarantees:
- a file is used only if its bytes have the SHA-256 that the job names, each time a job is taken on;
- a name from a peer is never part of a path here, but for the bare file names that `common.job` admits;
- a file appears whole or not at all, also when its writer is killed, and when several write the same one.

| in the folder | what |
|---|---|
| `models/<sha256>` | the bytes of one file |
| `models/<sha256>.<pid>-<n>.part` | one that is coming |
| `sets/<sha256>/<name>` | links to a model's files under their names; the digest is of the names and digests |

What this file does not know: sessions, devices, who sends the pieces.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from common.errors import ModelError, OutputError
from common.job import JobDocument, ModelFile

T = TypeVar("T")

_numbers: Final = count()


class _Part:
    """A file that is coming, piece after piece."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self.file: Final[BinaryIO] = path.open("wb")
        self.digest: Final = hashlib.sha256()
        self.length = 0

    def add(self, data: memoryview) -> None:
        self.file.write(data)
        self.digest.update(data)
        self.length += data.nbytes

    def discard(self) -> None:
        self.file.close()
        self.path.unlink(missing_ok=True)


class ModelStore:
    """The folder; made when it is first written to.

    Args:
        root: where it is.

    Every method may take as long as the disk does, and raises OutputError where the disk fails.
    """

    def __init__(self, root: Path) -> None:
        self._root: Final = root
        self._parts: dict[tuple[bytes, bytes], _Part] = {}

    def __repr__(self) -> str:
        return f"ModelStore({self._root}, {len(self._parts)} files coming)"

    def missing(self, job: JobDocument) -> tuple[tuple[bytes, int], ...]:
        """Return digest and bytes of each file that is to be fetched; what is here is read and checked.

        Raises:
            ModelError: the job contradicts itself: an empty file with another digest than nothing has.
        """
        wanted = {file.sha256: file for file in job.files}
        return tuple(
            (bytes.fromhex(sha256), file.size)
            for sha256, file in wanted.items()
            if not self._on_disk(partial(self._has, file))
        )

    def add(self, job: bytes, sha256: bytes, offset: int, size: int, data: memoryview) -> bool | None:
        """Keep a piece of a file.

        Args:
            job: on whose behalf; two jobs may fetch the same file.
            sha256: of the whole file.
            offset: 0 begins the file anew; a piece that does not continue what is here (it failed before) is let go.
            size: bytes of the whole file.
            data: the piece.

        Returns:
            None while there is more to come; then whether the file is what it should be, and is now here.
        """
        return self._on_disk(lambda: self._add((job, sha256), offset, size, data))

    def folder(self, job: JobDocument) -> Path:
        """Return a folder that holds the job's files, all of them here, under their names."""
        return self._on_disk(lambda: self._link_all(job))

    def discard(self, job: bytes) -> None:
        """Forget the files that were coming on behalf of a job."""
        for key in [key for key in self._parts if key[0] == job]:
            self._parts.pop(key).discard()

    def close(self) -> None:
        """Forget every file that was coming."""
        for job in {job for job, _ in self._parts}:
            self.discard(job)

    def _has(self, file: ModelFile) -> bool:
        path = self._file(file.sha256)
        if not file.size:
            if file.sha256 != hashlib.sha256().hexdigest():
                raise ModelError(f"the job's empty file {file.name} has the digest of another")
            fresh = self._fresh(path)
            fresh.touch()
            fresh.replace(path)
            return True
        with suppress(FileNotFoundError):
            if path.stat().st_size == file.size and _sha256(path) == file.sha256:
                return True
            path.unlink(missing_ok=True)
        return False

    def _add(self, key: tuple[bytes, bytes], offset: int, size: int, data: memoryview) -> bool | None:
        if offset == 0:
            if key in self._parts:
                self._parts.pop(key).discard()
            self._parts[key] = _Part(self._fresh(self._file(key[1].hex())))
        part = self._parts.get(key)
        if part is None or part.length != offset:
            return None
        part.add(data)
        if part.length < size:
            return None
        del self._parts[key]
        if part.digest.digest() != key[1]:
            part.discard()
            return False
        part.file.close()
        part.path.replace(self._file(key[1].hex()))
        return True

    def _link_all(self, job: JobDocument) -> Path:
        names = "\n".join(sorted(f"{file.name} {file.sha256}" for file in job.files))
        folder = self._root / "sets" / hashlib.sha256(names.encode()).hexdigest()
        folder.mkdir(parents=True, exist_ok=True)
        for file in job.files:
            self._link(self._file(file.sha256), folder / file.name)
        return folder

    def _link(self, source: Path, target: Path) -> None:
        """Put a file under its name, in one step; a link there already is kept, so that nobody's is pulled away."""
        if target.exists() and target.samefile(source):
            return
        fresh = self._fresh(target)
        try:
            fresh.hardlink_to(source)
        except OSError:  # a file system without links
            shutil.copyfile(source, fresh)
        fresh.replace(target)
        fresh.unlink(missing_ok=True)  # replacing a name of a file by another name of it leaves both (POSIX rename)

    def _file(self, sha256: str) -> Path:
        return self._root / "models" / sha256

    def _fresh(self, path: Path) -> Path:
        """Name a file beside `path` that nobody else has; its folder exists."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f"{path.name}.{os.getpid()}-{next(_numbers)}.part")

    def _on_disk(self, do: Callable[[], T]) -> T:
        try:
            return do()
        except OSError as error:
            raise OutputError(
                f"models cannot be kept in {self._root} ({error.strerror})", "give another folder with --cache-dir"
            ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
