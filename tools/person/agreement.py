"""Counts of what a detector found, of what there was, and the figures made of them. Pure.

Who matches whom is the collector's rule (`collector.score.match`): one rule for `--score` and for these figures.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from collector.score import match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class Tally(NamedTuple):
    """Counts over frames.

    Attributes:
        frames: compared.
        people: to be found in them.
        found: of these, matched at IoU 0.5.
        false: detections that match nobody.
    """

    frames: int
    people: int
    found: int
    false: int

    @property
    def precision(self) -> float | None:
        """Share of the detections counted that are right; None without any."""
        counted = self.found + self.false
        return self.found / counted if counted else None

    @property
    def recall(self) -> float | None:
        """Share of the people that are found; None without any."""
        return self.found / self.people if self.people else None


class Spread(NamedTuple):
    """Median, least and greatest of repeats."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.least:.3f}..{self.greatest:.3f})"


def tally(frames: Iterable[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Tally:
    """Count over frames, each given as detections [N,6] and truth [M,5]: see `collector.score.match`."""
    counts = [match(detections, truth) for detections, truth in frames]
    return Tally(len(counts), *(sum(column) for column in zip(*counts, strict=True))) if counts else Tally(0, 0, 0, 0)


def f1(counts: Tally) -> float:
    """Return the harmonic mean of precision and recall, 0 where nobody was found."""
    wrong = counts.false + counts.people - counts.found
    return 2 * counts.found / (2 * counts.found + wrong) if counts.found else 0.0


def together(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies."""
    return Tally(*(sum(column) for column in zip(Tally(0, 0, 0, 0), *tallies, strict=True)))


def as_truth(detections: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take a detector's rows [N,6] for the truth [N,5]: everybody in it counts."""
    return np.concatenate([detections[:, :4], np.ones((len(detections), 1), np.float32)], 1)


def spread(values: Sequence[float]) -> Spread:
    """Sum up repeats; there is at least one."""
    return Spread(statistics.median(values), min(values), max(values))


def ratios(some: Sequence[float], others: Sequence[float]) -> Spread:
    """Compare figures taken in the same repeats: the machine's speed drifts from one repeat to the next."""
    return spread([one / other for one, other in zip(some, others, strict=True)])


def seeds(text: str) -> tuple[int, ...]:
    """Read `1000,1001` and `1000-1019`.

    Raises:
        ValueError: something else.
    """
    found: list[int] = []
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)
