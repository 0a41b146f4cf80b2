"""How well what was found agrees with what is there: matching at one IoU, and the figures of a stream. Pure.

Guarantees that each frame given is in exactly one count of a `Score`, that each person and each detection is counted
at most once, and that equal rows give equal figures in whatever batches they come. Does NOT know where rows go, nor
what is in a frame: it is given a `Truth`.

As COCO and PASCAL VOC have it: detections take persons in the order of their scores, each the one that it overlaps
most and that is still to be had. Persons hardly seen are taken only by what is left over, and then nothing is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from collector.facts import Score
from common.rows import Row, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.truth import Truth  # a report needs no scenes

IOU_MIN: Final = 0.5
"""A person is found where a detection overlaps so much of both: intersection over union."""

VISIBLE_MIN: Final = 0.4
"""Of whom less is seen, nobody is counted: neither missed, nor a false detection where found."""

PERSON: Final = "person"
"""The label of what is compared."""


class Matches(NamedTuple):
    """One frame's figures.

    Attributes:
        people: who are seen well enough to be counted.
        found: those that a detection has matched.
        false: detections that match nobody at all.
    """

    people: int
    found: int
    false: int


def match(detections: NDArray[np.float32], truth: NDArray[np.float32]) -> Matches:
    """Compare the detections of persons in a frame with the people in it.

    Args:
        detections: float32 [N, 6], rows x1 y1 x2 y2 score class, in pixels of the frame; the class is not looked at.
        truth: float32 [M, 5], rows x1 y1 x2 y2 visible, in the same pixels.
    """
    counts = truth[:, 4] >= VISIBLE_MIN
    overlaps = _overlaps(detections[(-detections[:, 4]).argsort(kind="stable"), :4], truth[:, :4])
    near = overlaps[overlaps.max(axis=1, initial=0.0) >= IOU_MIN]
    counted, hidden = near[:, counts], near[:, ~counts]
    found, false = 0, len(overlaps) - len(near)
    for index in range(len(near)):
        if _take(counted, index):
            found += 1
        elif not _take(hidden, index):
            false += 1
    return Matches(int(np.count_nonzero(counts)), found, false)


def _take(overlaps: NDArray[np.float64], index: int) -> bool:
    """Give a detection the person that it overlaps most, if enough; nobody else gets that person."""
    if not overlaps.shape[1]:
        return False
    best = int(overlaps[index].argmax())
    if overlaps[index, best] < IOU_MIN:
        return False
    overlaps[:, best] = 0.0
    return True


def _overlaps(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Intersection over union of boxes [N, 4] and [M, 4]: [N, M]; 0 where either has no area."""
    a, b = some.astype(np.float64)[:, None], others.astype(np.float64)[None]
    common = _area(np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:]))
    union = _area(a[..., :2], a[..., 2:]) + _area(b[..., :2], b[..., 2:]) - common
    return np.divide(common, union, out=np.zeros(common.shape), where=common > 0)


def _area(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    sides: NDArray[np.float64] = np.maximum(high - low, 0.0)
    return sides[..., 0] * sides[..., 1]


class Scorer:
    """Compares the rows of one stream, as they are written, with what is in its frames."""

    def __init__(self) -> None:
        self._truth: Truth | None = None
        self._persons: tuple[int, ...] = ()
        self._is_labelled = False
        self._score = dict.fromkeys(Score._fields, 0)

    @property
    def score(self) -> Score:
        """The figures of all rows so far."""
        return Score(**self._score)

    def aim(self, truth: Truth | None, labels: tuple[str, ...]) -> None:
        """Compare the rows that come from here on.

        Args:
            truth: what is in the frames; None where nobody says.
            labels: names by class; empty where every class is a person.
        """
        self._truth = truth
        self._is_labelled = bool(labels)
        self._persons = tuple(number for number, label in enumerate(labels) if label == PERSON)

    def take(self, row: Row) -> None:
        """Count the next row."""
        if row.status is not Status.OK:
            self._score[str(row.status)] += 1
        elif self._truth is None or row.detections is None:
            self._score["untold"] += 1
        else:
            matches = match(self._of_persons(row.detections), self._truth.boxes(row.seq))
            self._score["compared"] += 1
            for name, count in matches._asdict().items():
                self._score[name] += count

    def _of_persons(self, detections: NDArray[np.float32]) -> NDArray[np.float32]:
        if not self._is_labelled:
            return detections
        return detections[np.isin(detections[:, 5], self._persons)]
