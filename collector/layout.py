"""What a file of lines looks like, for those who write, read and cut such files without knowing their format.

A file is `head`, then the records of frames, then, once its streams have ended, `tail`. A record is one line or several
neighbouring ones, and belongs to one frame. Pure: nothing here opens a file. Does NOT know which formats there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple, Protocol, TypeAlias

from collector.census import RowKind
from common.rows import Row, StreamHeader


class Record(NamedTuple):
    """The lines of one frame, all of them.

    Attributes:
        number: of the last of its lines, from 1.
        end: the offset after it.
        stream, frame: whose it is.
        kind: what it says of the frame; ok where the format says nothing.
    """

    number: int
    end: int
    stream: str
    frame: int
    kind: RowKind


class BadLineError(ValueError):
    """A line that this format never has there; `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


Format: TypeAlias = Callable[[Row], str]
"""Gives a row's lines, each with its end. Raises ValueError for a detection that is not finite."""


class Layout(Protocol):
    """A format of files of lines.

    Attributes:
        head: what every file begins with; whole lines, or nothing.
        tail: what a file ends with whose streams have ended; a whole line, or nothing.
        single: whether a file holds the frames of one stream only.
    """

    @property
    def head(self) -> bytes:
        """See the class."""

    @property
    def tail(self) -> bytes:
        """See the class."""

    @property
    def single(self) -> bool:
        """See the class."""

    def begins(self, torn: bytes) -> bool:
        """Whether this, the end of a file without an end of line, may be the start of a line of this format."""

    def records(self, lines: Iterable[bytes], streams: AbstractSet[str]) -> Iterator[Record]:
        """Read what follows the head; a last record that lacks lines is left out.

        Args:
            lines: each with its end.
            streams: whose records the file may hold; a single one where the lines do not name it.

        Raises:
            BadLineError: for a line that cannot be there.
        """

    def format(self, header: StreamHeader, labels: tuple[str, ...], written: Iterable[bytes]) -> Format:
        """What writes the rows of a stream.

        Args:
            header: of the stream.
            labels: names by class; a class without one is named by its number.
            written: the lines that its file has already, with the head; read only by formats that need to know.
        """


def seconds(pts: int | None, time_base: tuple[int, int]) -> float | None:
    """Exact seconds, rounded once (int / int is correctly rounded in Python); None for a frame without a time.

    Args:
        pts: in units of the time base.
        time_base: `Fraction.as_integer_ratio`: asking a Fraction for its parts with each frame takes longer than this.
    """
    return None if pts is None else pts * time_base[0] / time_base[1]


def label_of(number: int, labels: tuple[str, ...]) -> str:
    """A class's name, or its number where it has none."""
    return labels[number] if 0 <= number < len(labels) else str(number)


NOT_FINITE: Final = "a detection is not finite"
"""What a format refuses: text has no word for that."""
