"""The rows of a run, read back: is each line whole, is each frame there once and in its place?

Guarantees to read files of any length in a memory that grows with the number of frames only by what a comparison needs
(`digests`). What this file does not know: who wrote them, and what a frame's detections should be.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from common.errors import OutputError
from common.rows import Status

Key: TypeAlias = tuple[str, int]
"""A stream's name and a frame's number."""

STATUSES: Final = frozenset(Status)


@dataclass
class Rows:
    """What the files of a run hold.

    Attributes:
        frames: rows of each stream.
        statuses: rows of each status.
        problem: the first thing that is wrong, with its place; empty if nothing is.
        digests: of each row's line, by its frame.
    """

    frames: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    problem: str = ""
    digests: dict[Key, bytes] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.frames.total()

    def add(self, line: bytes, place: str) -> None:
        """Take a line, with its end, and note what is wrong with it."""
        wrong = self._wrong(line)
        if wrong and not self.problem:
            self.problem = f"{place}: {wrong}"

    def _wrong(self, line: bytes) -> str:
        if not line.endswith(b"\n"):
            return "the line is torn"
        try:
            row = json.loads(line)
            stream, frame, status = row["stream"], row["frame"], row["status"]
        except (ValueError, TypeError, KeyError):
            return "the line is no row"
        if not isinstance(stream, str) or not isinstance(frame, int) or status not in STATUSES:
            return "the line is no row"
        expected = self.frames[stream]
        self.frames[stream] += 1
        self.statuses[status] += 1
        twice = (stream, frame) in self.digests
        self.digests[stream, frame] = hashlib.blake2b(line, digest_size=16).digest()
        if frame == expected:
            return ""
        return f"frame {frame} of {stream} " + ("comes twice" if twice else f"stands where {expected} should")


def read_rows(paths: Iterable[Path]) -> Rows:
    """Read the files of a run.

    Raises:
        OutputError: one cannot be read.
    """
    rows = Rows()
    for path in paths:
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    rows.add(line, f"{path.name}, line {number}")
        except OSError as error:
            raise OutputError(
                f"{path} cannot be read ({error.strerror})", "name the file that the run wrote"
            ) from error
    return rows
