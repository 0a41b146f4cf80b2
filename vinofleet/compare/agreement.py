"""Did two modes find the same? Detections of a frame, matched with those of the same frame elsewhere. Pure.

Equal to the last bit they cannot be: one mode lets OpenCV make B, G, R of a frame and resizes that, the fleet resizes
the planes and the model converts them; and a CPU infers in bf16, whose numbers have 8 bits. So a detection agrees with
one of the same label, of nearly the same box and score. One of them may be missing where its score is so near the
threshold that it may lie on either side, or where another box lies over it, as either may suppress the other. Whatever
is beyond that is a difference, and so is more than a few that stand alone.

Seen in bf16 between OpenCV's pixels and the fleet's: of 1796 detections of person-detection-0202 1.1 % stood alone, of
898 of the small embedded model 4.2 %; scores differed by up to 0.095.

What this file does not know: modes, files, which of two is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

IOU_MIN: Final = 0.75
"""Of two boxes that are the same one."""

SCORE_TOLERANCE: Final = 0.12
"""Between two scores that are the same one; and from the threshold, for a detection that one side lacks."""

IOU_HIDES: Final = 0.3
"""Boxes that overlap so much compete: of two such, suppression may keep another one."""

ALONE_MAX_SHARE: Final = 0.1
"""Of all detections of a run, those that may have no counterpart."""

Box = tuple[float, float, float, float]


class Detection(NamedTuple):
    """What was found.

    Attributes:
        label: of its class.
        score: 0 to 1.
        box: x1, y1, x2, y2 in pixels of the frame.
    """

    label: str
    score: float
    box: Box

    def __str__(self) -> str:
        corners = ", ".join(f"{value:.0f}" for value in self.box)
        return f"{self.label} {self.score:.2f} at ({corners})"


Frame = Sequence[Detection]


def detections(row: dict[str, Any]) -> list[Detection]:
    """Those of a row of `--json`."""
    return [Detection(each["label"], each["score"], tuple(each["box"])) for each in row["detections"]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two runs compare.

    Attributes:
        detections: of both together.
        alone: those of them without a counterpart.
        score_difference: the largest, of two that are the same.
        frame: the first that differs; None where none does.
        problem: in what; '' where the runs agree.
    """

    detections: int
    alone: int
    score_difference: float
    frame: int | None = None
    problem: str = ""


def agreement(one: Iterable[Frame], other: Iterable[Frame], threshold: float) -> Agreement:
    """Hold a run against another, frame by frame; of as many frames.

    Args:
        one: what the other is held against.
        other: the run in question.
        threshold: the least score of either.
    """
    count, alone, worst = 0, 0, 0.0
    for number, (mine, yours) in enumerate(zip(one, other, strict=True)):
        pairs, missing, surplus = _matched(mine, yours)
        count += len(mine) + len(yours)
        alone += len(missing) + len(surplus)
        worst = max([worst, *(abs(left.score - right.score) for left, right in pairs)])
        if problem := _problem(pairs, missing, surplus, (mine, yours), threshold):
            return Agreement(count, alone, worst, number, problem)
    if alone > ALONE_MAX_SHARE * count:
        return Agreement(count, alone, worst, None, f"{alone} of {count} detections are not in both")
    return Agreement(count, alone, worst)


def _problem(
    pairs: Sequence[tuple[Detection, Detection]],
    missing: Frame,
    surplus: Frame,
    sides: tuple[Frame, Frame],
    threshold: float,
) -> str:
    """What tells two results of a frame apart; '' where they agree."""
    for mine, yours in pairs:
        if abs(mine.score - yours.score) > SCORE_TOLERANCE:
            return f"{yours} was {mine}"
    for each in missing:
        if not _may_be_alone(each, sides[1], threshold):
            return f"{each} is missing"
    for each in surplus:
        if not _may_be_alone(each, sides[0], threshold):
            return f"{each} is there as well"
    return ""


def _may_be_alone(each: Detection, there: Frame, threshold: float) -> bool:
    """Whether rounding explains that the other side has no such detection."""
    return each.score <= threshold + SCORE_TOLERANCE or any(iou(rival.box, each.box) >= IOU_HIDES for rival in there)


def _matched(one: Frame, other: Frame) -> tuple[list[tuple[Detection, Detection]], list[Detection], list[Detection]]:
    """Pairs of the same, best overlap first; what is left of each side."""
    candidates = sorted(
        (
            (iou(mine.box, yours.box), left, right)
            for left, mine in enumerate(one)
            for right, yours in enumerate(other)
            if mine.label == yours.label
        ),
        reverse=True,
    )
    taken: dict[int, int] = {}
    for overlap, left, right in candidates:
        if overlap >= IOU_MIN and left not in taken and right not in taken.values():
            taken[left] = right
    pairs = [(one[left], other[right]) for left, right in taken.items()]
    alone = [each for number, each in enumerate(one) if number not in taken]
    surplus = [each for number, each in enumerate(other) if number not in taken.values()]
    return pairs, alone, surplus


def iou(one: Box, other: Box) -> float:
    """The share of what two boxes cover that both cover."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, width) * max(0.0, height)
    either = _area(one) + _area(other) - both
    return both / either if either > 0 else 0.0


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
