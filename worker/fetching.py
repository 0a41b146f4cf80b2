"""Fetching a model's files from a producer, piece by piece: one request outstanding, asked again when it is late.

What arrived is kept when the producer is lost: the next one with the same job continues. A file whose bytes are not
what its digest says is fetched anew, `RETRIES_MAX` times.
What this file does not know: links, sessions, disks, digests' values.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

RETRY_S: Final = 2.0
"""A piece that has not come in this time is asked for again."""

RETRIES_MAX: Final = 2
"""How often one file may turn out wrong and be fetched anew."""


class Fetching:
    """The files of one job that are still to come.

    Args:
        missing: SHA-256 and bytes (at least 1) of each.

    Attributes:
        offset: how much of the file under way has come.
    """

    def __init__(self, missing: Iterable[tuple[bytes, int]]) -> None:
        self._files = deque(missing)
        self.offset = 0
        self._due_at = float("-inf")
        self._retries = 0

    def __repr__(self) -> str:
        return f"Fetching({len(self._files)} files, offset {self.offset} of the first)"

    @property
    def is_done(self) -> bool:
        """Whether every file came and was found right."""
        return not self._files

    @property
    def is_hopeless(self) -> bool:
        """Whether a file turned out wrong once too often."""
        return self._retries > RETRIES_MAX

    def ask(self, now: float) -> tuple[bytes, int] | None:
        """Return the digest and offset to ask for, where it is time to."""
        if now < self.deadline():
            return None
        self._due_at = now + RETRY_S
        return self._files[0][0], self.offset

    def take(self, sha256: bytes, offset: int, length: int) -> int | None:
        """Accept a piece, or not.

        Returns:
            The bytes of the whole file where this is the piece that was asked for; None where it is to be ignored.
        """
        if self._is_stored or not self._files or (sha256, offset) != (self._files[0][0], self.offset):
            return None
        size = self._files[0][1]
        if not 0 < length <= size - offset:
            return None
        self.offset += length
        self._due_at = float("-inf")
        return size

    def checked(self, sha256: bytes, *, ok: bool) -> None:
        """Take the finding on the file that came last: go on to the next one, or begin it anew."""
        if not self._is_stored or sha256 != self._files[0][0]:
            return
        self.offset = 0
        self._retries = 0 if ok else self._retries + 1
        if ok:
            self._files.popleft()

    def source_lost(self) -> None:
        """Ask at once when there is somebody to ask again."""
        self._due_at = float("-inf")

    def deadline(self) -> float:
        """When `ask` has something to say; infinite while it waits for a finding, or is done."""
        return float("inf") if self._is_stored or not self._files or self.is_hopeless else self._due_at

    def check(self) -> None:
        """Assert the invariants: no more came than the file has."""
        assert self.offset <= (self._files[0][1] if self._files else 0), self

    @property
    def _is_stored(self) -> bool:
        """Whether all of the file came, and the finding on it is awaited."""
        return bool(self._files) and self.offset == self._files[0][1]
