"""The sink of `--score`: rows are compared with what is in their frames, and nothing is kept but figures.

A sink, because that is where rows are final, in order and each once; and in the sinks' thread, because working out
where people are takes longer than anything the collector's loop may do between two signs of life. Rows are compared by
`flush`, which comes after the files' own: a row that a full disk holds up is not counted before it is written.
Does NOT know scenes (`common.truth`), and nothing of rows that an earlier process wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collector.facts import Score
from collector.paths import OutputPath
from collector.records import StreamRecord
from collector.score import PERSON, Scorer
from common.actions import Notice
from common.notices import Notices
from common.rows import Ending, Row, StreamHeader
from common.schema import as_text
from common.truth import Truth, read_truth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ScoreSink:
    """Takes every row, keeps counts; see `Sink`.

    Args:
        on_notice: told, in the sinks' thread, why a stream or a part of it is not compared.
    """

    path: Final = OutputPath(Path("score:"))
    draws: Final = False
    slow: Final = True
    single: Final = False
    durable: Final = False
    overwrite = False

    def __init__(self, on_notice: Callable[[Notice], None]) -> None:
        self._on_notice = on_notice
        self._notices = Notices()
        self._scorers: dict[str, Scorer] = {}
        self._rows: list[Row] = []

    @property
    def scores(self) -> dict[str, Score]:
        """The figures by stream; to be read when nothing is written any more."""
        return {name: scorer.score for name, scorer in self._scorers.items()}

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`. A stream that goes on under another scene is compared with that from here on."""
        del epoch  # a frame's number alone says what is in it
        truth = self._read(header)
        if truth is not None and labels and PERSON not in labels:
            self._warn(f"stream {header.name}: no class is labelled {PERSON!r}, so nobody can be found; see --labels")
        self._scorers.setdefault(header.name, Scorer()).aim(truth, labels)

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""
        del canvas
        self._rows.append(row)

    def flush(self) -> None:
        """See `Sink.flush`."""
        for row in self._rows:
            self._scorers[row.stream].take(row)
        self._rows.clear()

    def _read(self, header: StreamHeader) -> Truth | None:
        """What is in a stream's frames; a peer's text, of which nothing is believed."""
        try:
            truth = read_truth(header.truth)
        except ValueError as error:
            self._warn(f"stream {header.name}: it is not compared, its scene cannot be read: {as_text(str(error))}")
            return None
        if truth is None:
            self._warn(f"stream {header.name}: --score compares nothing, its source does not say what is in its frames")
        return truth

    def _warn(self, text: str) -> None:
        for notice in self._notices.tell("warning", text):
            self._on_notice(notice)

    def check(self) -> None:
        """See `Sink.check`: it always works."""

    def create(self) -> None:
        """See `Sink.create`."""

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """See `Sink.recover`; never called, because nothing is durable."""
        return dict.fromkeys(records, 0)

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`."""

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`."""

    def sync(self) -> None:
        """See `Sink.sync`."""

    def close(self) -> None:
        """See `Sink.close`."""

    def discard(self) -> None:
        """See `Sink.discard`."""
