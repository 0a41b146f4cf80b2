"""What the collector asks of a destination of rows.

A sink guarantees order as given and all-or-nothing writes. It does NOT know about acknowledgements, reordering or the
network: it is called from one thread, with rows that are final.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from common.rows import Ending, Row, StreamHeader


class Sink(Protocol):
    """A destination of rows. All methods are called from one thread and raise `OutputError` when they cannot."""

    @property
    def max_delay_frames(self) -> int:
        """Frames it holds back at most before their bytes are written; the window must be larger by 2."""

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """Make ready for the rows of a stream; `labels` are names by class and may be empty."""

    def write(self, rows: Sequence[Row]) -> None:
        """Hand rows to the operating system: all of them on return, none of them when it raises.

        Rows of several streams may be mixed; those of one stream are in order and follow what was written before.
        """

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """Take note that a stream has no more rows; also of a stream that was recovered and never opened again."""

    def sync(self) -> None:
        """Return when everything written so far survives a power loss."""

    def close(self) -> None:
        """Release everything; does not sync."""
