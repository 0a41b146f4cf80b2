"""The sink of `--output null:`: frames are drawn and thrown away, to see what drawing costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collector.paths import OutputPath
from collector.records import StreamRecord
from common.rows import Ending, Row, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NULL: Final = "null:"


class NullSink:
    """Takes everything, keeps nothing; see `Sink`."""

    path: Final = OutputPath(Path(NULL))
    draws: Final = True
    slow: Final = True
    single: Final = False
    durable: Final = False
    overwrite = False

    def check(self) -> None:
        """See `Sink.check`: it always works."""

    def create(self) -> None:
        """See `Sink.create`."""

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """See `Sink.recover`; never called, because nothing is durable."""
        return dict.fromkeys(records, 0)

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`."""

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`."""

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""

    def flush(self) -> None:
        """See `Sink.flush`."""

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`."""

    def sync(self) -> None:
        """See `Sink.sync`."""

    def close(self) -> None:
        """See `Sink.close`."""

    def discard(self) -> None:
        """See `Sink.discard`."""
