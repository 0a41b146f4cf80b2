"""Reads pieces of the model's files for workers that lack them, on a thread: a cold disk must not stop the loop.

What this file does not know: who asks and why; the core has checked both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from common import limits


class ModelPiece(NamedTuple):
    """A piece of a model file, or None where it can no longer be read; see `ProducerCore.model_read`."""

    session: int
    sha256: bytes
    offset: int
    data: bytes | None


class ModelReader:
    """Reads one piece after the other.

    Args:
        files: where each file lies, by SHA-256 in hexadecimal.
        report: takes the pieces, in the reader's own thread.
    """

    def __init__(self, files: Mapping[str, Path], report: Callable[[ModelPiece], None]) -> None:
        self._files: Final = files
        self._report: Final = report
        self._thread: Final = ThreadPoolExecutor(1, "model-reader")

    def read(self, session: int, sha256: bytes, offset: int) -> None:
        """Read a piece as soon as those asked for before are read; returns at once."""
        self._thread.submit(self._read, session, sha256, offset)

    def close(self) -> None:
        """Read no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _read(self, session: int, sha256: bytes, offset: int) -> None:
        self._report(ModelPiece(session, sha256, offset, read_piece(self._files.get(sha256.hex()), offset)))


def read_piece(path: Path | None, offset: int) -> bytes | None:
    """The piece of a model file that begins at `offset`; None where there is none any more, or the file has shrunk."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(limits.MODEL_CHUNK_BYTES) or None  # an empty piece would be asked for again for ever
    except OSError:
        return None  # the core says so to whoever asked
