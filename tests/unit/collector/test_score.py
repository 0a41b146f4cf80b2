"""The comparison with the truth: as a naive matcher has it, each person and each detection once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.facts import Score
from collector.score import IOU_MIN, VISIBLE_MIN, Matches, Scorer, match
from common.rows import Row, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[int, int, int, int]

SIDE = st.integers(0, 6)
BOX = st.tuples(SIDE, SIDE, SIDE, SIDE)
"""Small whole numbers: boxes overlap often, areas are exact, and some boxes are inside out."""
DETECTIONS = st.lists(st.tuples(BOX, st.sampled_from((0.5, 0.6, 0.9)), st.integers(-1, 3)), max_size=8)
PEOPLE = st.lists(st.tuples(BOX, st.sampled_from((0.0, 0.39, VISIBLE_MIN + 0.01, 1.0))), max_size=8)

Found = Sequence[tuple[Box, float, int]]
There = Sequence[tuple[Box, float]]


def detections(found: Found) -> NDArray[np.float32]:
    """As a row has them."""
    return np.array([(*box, score, number) for box, score, number in found], np.float32).reshape(-1, 6)


def truth(people: There) -> NDArray[np.float32]:
    """As a scene has them."""
    return np.array([(*box, visible) for box, visible in people], np.float32).reshape(-1, 5)


def area(box: Box) -> int:
    """Of a box that may be inside out."""
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def iou(a: Box, b: Box) -> float:
    """Intersection over union."""
    common = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    return common / (area(a) + area(b) - common) if common else 0.0


def naive(found: Found, people: There) -> Matches:
    """The rule, word by word: by score, the best that is still to be had, first those that count."""
    taken: set[int] = set()
    hits = false = 0
    for box, _, _ in sorted(found, key=lambda detection: -detection[1]):
        for counts in (True, False):
            near = [
                (-iou(box, person), number)
                for number, (person, visible) in enumerate(people)
                if (visible >= VISIBLE_MIN) is counts and number not in taken and iou(box, person) >= IOU_MIN
            ]
            if near:
                taken.add(min(near)[1])
                hits += counts
                break
        else:
            false += 1
    return Matches(sum(visible >= VISIBLE_MIN for _, visible in people), hits, false)


@given(DETECTIONS, PEOPLE)
def test_it_is_the_naive_matcher(found: Found, people: There) -> None:
    """Whatever overlaps whatever."""
    assert match(detections(found), truth(people)) == naive(found, people)


@given(DETECTIONS, PEOPLE)
def test_nobody_is_found_twice_and_every_detection_is_accounted_for(found: Found, people: There) -> None:
    """What is left over was matched with somebody who is hardly seen."""
    matches = match(detections(found), truth(people))
    hidden = len(people) - matches.people
    assert matches.found <= matches.people
    assert 0 <= len(found) - matches.found - matches.false <= hidden


@given(PEOPLE)
def test_the_truth_itself_is_perfect(people: There) -> None:
    """Everybody is found and nothing is false, where everybody has an area and is somewhere else."""
    apart = [((box[0], 10 * i, box[0] + 3, 10 * i + 3), visible) for i, (box, visible) in enumerate(people)]
    found = [(box, 0.9, 0) for box, _ in apart]
    matches = match(detections(found), truth(apart))
    assert (matches.found, matches.false) == (matches.people, 0)


@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False, width=32)] * 6), max_size=5), PEOPLE)
def test_any_finite_numbers_of_a_worker_are_compared(found: list[tuple[float, ...]], people: There) -> None:
    """Boxes as large as numbers go overflow nowhere: warnings are errors here, and counts stay counts."""
    matches = match(np.array(found, np.float32).reshape(-1, 6), truth(people))
    assert 0 <= matches.found + matches.false <= len(found)


ONE: Box = (0, 0, 10, 10)


@pytest.mark.parametrize(
    ("found", "people", "expected"),
    [
        ([], [], (0, 0, 0)),
        ([(ONE, 0.9, 0)], [], (0, 0, 1)),
        ([], [(ONE, 1.0)], (1, 0, 0)),
        ([((0, 0, 10, 5), 0.9, 0)], [(ONE, 1.0)], (1, 1, 0)),
        ([((0, 0, 10, 4), 0.9, 0)], [(ONE, 1.0)], (1, 0, 1)),
        ([(ONE, 0.9, 0), (ONE, 0.8, 0)], [(ONE, 1.0)], (1, 1, 1)),
        ([(ONE, 0.9, 0)], [(ONE, 0.39)], (0, 0, 0)),
        ([(ONE, 0.9, 0), (ONE, 0.8, 0)], [(ONE, 0.39)], (0, 0, 1)),
        ([((0, 0, 10, 8), 0.9, 0)], [(ONE, 0.39), ((0, 0, 10, 6), 1.0)], (1, 1, 0)),
        ([((0, 0, 10, 9), 0.5, 0), (ONE, 0.9, 0)], [(ONE, 1.0), ((0, 1, 10, 10), 1.0)], (2, 2, 0)),
        ([((5, 5, 5, 5), 0.9, 0)], [((5, 5, 5, 5), 1.0)], (1, 0, 1)),
    ],
    ids=[
        *("nothing", "false", "missed", "half", "less than half", "twice", "hardly seen", "hardly seen twice"),
        *("who counts comes first", "the better score chooses", "no area"),
    ],
)
def test_matching_by_example(found: Found, people: There, expected: tuple[int, int, int]) -> None:
    """People to be found, found, and false."""
    assert match(detections(found), truth(people)) == expected


class Everywhere:
    """One person in every frame, one more in every second."""

    def boxes(self, frame: int) -> NDArray[np.float32]:
        """See `Truth`."""
        return truth([(ONE, 1.0)] * (1 + frame % 2))


def row(seq: int, found: Found = (), status: Status = Status.OK) -> Row:
    """A row of the stream."""
    return Row("a", seq, seq, status, "", detections(found) if status is Status.OK else None)


def test_rows_are_compared_with_their_own_frame() -> None:
    """Found and missed people add up over frames."""
    scorer = Scorer()
    scorer.aim(Everywhere(), ())
    for seq in range(4):
        scorer.take(row(seq, [(ONE, 0.9, seq)]))
    assert scorer.score == Score(compared=4, people=6, found=4)


def test_only_persons_count_where_classes_have_names() -> None:
    """A car is neither right nor wrong; a class without a name is no person."""
    scorer = Scorer()
    scorer.aim(Everywhere(), ("car", "person", "person"))
    far: Box = (90, 90, 99, 99)
    scorer.take(row(0, [(ONE, 0.9, 0), (far, 0.9, 0), (far, 0.8, 7), (far, 0.7, -1)]))
    assert scorer.score == Score(compared=1, people=1)
    scorer.take(row(2, [(ONE, 0.9, 2), (far, 0.9, 1)]))
    assert scorer.score == Score(compared=2, people=2, found=1, false=1)


STATUSES = st.lists(st.tuples(st.sampled_from(Status), st.booleans()), max_size=20)


@given(STATUSES)
def test_every_row_is_in_one_count(given_rows: list[tuple[Status, bool]]) -> None:
    """Compared, without a truth, failed or dropped: there is no fifth thing that can happen to it."""
    scorer = Scorer()
    for seq, (status, is_told) in enumerate(given_rows):
        scorer.aim(Everywhere() if is_told else None, ())
        scorer.take(row(seq, (), status))
    score: dict[str, Any] = scorer.score._asdict()
    ok = [is_told for status, is_told in given_rows if status is Status.OK]
    assert (score["compared"], score["untold"]) == (ok.count(True), ok.count(False))
    assert score["compared"] + score["untold"] + score["failed"] + score["dropped"] == len(given_rows)
    assert score["failed"] == sum(status is Status.FAILED for status, _ in given_rows)
