"""What the collector asks of a destination of rows.

A sink guarantees that frame k of a stream is row k, always, and that nothing it was given is half there as long as
the process lives. It does NOT know about acknowledgements, reordering, other sinks or the network: it is called from
one thread, with rows that are final and in order.

Its life: made; `check`; then `create` in a new run, or `recover` (and `truncate`, and `recover` again) in one that
goes on; for each stream `open`, `take`..., `end`, with a `flush` after every few rows; at last `close` or `discard`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from collector.paths import OutputPath
from collector.records import StreamRecord
from common.rows import Ending, Row, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Sink(Protocol):
    """A destination of rows. All methods are called from one thread and raise `OutputError` when they cannot.

    `open`, `flush` and `end` may raise its kind `DiskFullError`; the same call is then repeated until it works, or
    `close` follows.

    Attributes:
        overwrite: whether files that this run does not own yet may be replaced; may be set until `create` or `recover`.
    """

    overwrite: bool

    @property
    def path(self) -> OutputPath:
        """Where it writes to; for messages, and what the journal names it by."""

    @property
    def draws(self) -> bool:
        """Whether `take` needs a canvas."""

    @property
    def slow(self) -> bool:
        """Whether a row costs milliseconds, so that word of it comes soon only if few are given at a time."""

    @property
    def single(self) -> bool:
        """Whether it holds the frames of one stream only."""

    @property
    def durable(self) -> bool:
        """Whether what was flushed is there after this process; if not, `recover` is never called."""

    def check(self) -> None:
        """Refuse what can be seen not to work, such as a missing folder; changes nothing."""

    def create(self) -> None:
        """Begin a new run; what is there already is replaced if `overwrite` says so, refused otherwise."""

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """Take an earlier run's files over: cut torn ends off and count whole frames, by stream.

        Every stream of `records` gets a count, which says that its frames 0..count-1 are there.
        """

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """Remove each stream's frames from `nexts[stream]` on; others keep theirs. Between `recover` and `open` only.

        A process that dies in it leaves each stream with at least the frames that were to stay.
        """

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """Make ready for a stream; one that is open already, or was recovered, continues.

        Args:
            header: of the stream.
            epoch: of its producer's incarnation.
            labels: names by class; may be empty.
        """

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """Keep the next row of an open stream in memory until `flush`; writes nothing, so it cannot find a disk full.

        Args:
            row: follows the one taken before.
            canvas: where the sink draws, the picture of the frame: I420, [3/2 height, width] of the stream rounded up
                to even. Valid during the call only.
        """

    def flush(self) -> None:
        """Hand everything taken to the operating system. After a `DiskFullError` it goes on where it stopped."""

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """Take note that a stream has no more rows; also of a stream that was recovered and never opened again.

        On return its files survive a power loss: the ending goes on record next.
        """

    def sync(self) -> None:
        """Return when everything flushed so far survives a power loss."""

    def close(self) -> None:
        """Release everything; does not sync, and what was not flushed is given up."""

    def discard(self) -> None:
        """`close`, and remove the files that this run has made; no row was taken."""
