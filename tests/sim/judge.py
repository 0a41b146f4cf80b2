"""The comparison of `--score` in this world: each frame has one person, whom every worker finds.

Says so when a history breaks what a score promises: that with the frames of collectors before, all that are written are
in it, each once, compared with what is in them. What this file does not know: how rows come to be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from collector.facts import Score
from collector.score import Scorer
from common.rows import Row, StreamHeader
from tests.sim.oracle import BrokenPromiseError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OnePerson(NamedTuple):
    """The scene of a stream: somebody who stands where its number and the frame's say; see `common.truth.Truth`."""

    number: int

    def boxes(self, frame: int) -> NDArray[np.float32]:
        """float32 [1, 5]."""
        return np.array([[self.number, frame, self.number + 1, frame + 1, 1]], np.float32)


class Judge:
    """What one collector's process compares.

    Args:
        number: of each stream, by the scene that its producer names.
    """

    def __init__(self, number: Mapping[str, int]) -> None:
        self._number: Final = number
        self._scorers: Final[dict[str, Scorer]] = {}

    @property
    def streams(self) -> Iterable[str]:
        """Those that were begun."""
        return self._scorers

    def begin(self, header: StreamHeader) -> None:
        """Take note of a stream, new or continued."""
        self._scorers.setdefault(header.name, Scorer()).aim(OnePerson(self._number[header.truth]), ())

    def write(self, rows: Iterable[Row]) -> None:
        """Compare rows that are written."""
        for row in rows:
            self._scorers[row.stream].take(row)

    def examine(self, stream: str, resumed_at: int, written: int) -> None:
        """Nothing is missing from the figures of a stream, and nothing in them is wrong."""
        score = self._scorers[stream].score
        found = Score(compared=score.compared, people=score.compared, found=score.compared)
        if score != found._replace(failed=score.failed, dropped=score.dropped):
            raise BrokenPromiseError(f"{stream}: {score}, where everybody was found")
        if resumed_at + score.compared + score.failed + score.dropped != written:
            raise BrokenPromiseError(f"{stream}: {score} from frame {resumed_at} on, {written} are written")
