"""Figures of a comparison are what was counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.person.agreement import Tally, as_truth, f1, ratios, seeds, spread, tally, together

ANN = (10, 10, 30, 60)
BOB = (100, 10, 130, 80)
COUNTS = st.builds(Tally, *[st.integers(0, 10_000)] * 4)


def rows(*boxes: tuple[float, ...]) -> np.ndarray:
    """Return detections of a score of 0.9."""
    return np.array([(*box, 0.9, 0) for box in boxes], np.float32).reshape(-1, 6)


def test_a_detector_agrees_with_itself() -> None:
    """Its own rows as the truth: everybody found, nobody made up."""
    found = rows(ANN, BOB)
    counts = tally([(found, as_truth(found)), (rows(), as_truth(rows()))])
    assert counts == Tally(frames=2, people=2, found=2, false=0)
    assert (counts.precision, counts.recall) == (1.0, 1.0)


def test_missed_and_made_up_are_told_apart() -> None:
    """One of two people found, and two boxes where nobody is: precision 1/3, recall 1/2."""
    counts = tally([(rows(ANN, (200, 10, 220, 60), (300, 10, 320, 60)), as_truth(rows(ANN, BOB)))])
    assert counts == Tally(frames=1, people=2, found=1, false=2)
    assert counts.precision == pytest.approx(1 / 3)
    assert counts.recall == 0.5


def test_each_of_the_teachers_boxes_is_found_once() -> None:
    """A second box on the same person is false."""
    assert tally([(rows(ANN, ANN), as_truth(rows(ANN)))]) == Tally(frames=1, people=1, found=1, false=1)


def test_a_box_of_the_teacher_counts_like_a_person_in_full_sight() -> None:
    """Truth made of rows keeps the corners, and everybody is visible."""
    assert as_truth(rows(ANN)).tolist() == [[*ANN, 1.0]]


def test_no_share_is_made_of_nothing() -> None:
    """Without frames nobody is there and nothing is found: no precision, no recall."""
    counts = tally([])
    assert counts == Tally(0, 0, 0, 0)
    assert (counts.precision, counts.recall) == (None, None)


@given(st.lists(COUNTS))
def test_tallies_add_up(tallies: list[Tally]) -> None:
    """Together they count what each counted."""
    whole = together(tallies)
    assert whole.people == sum(each.people for each in tallies)
    assert whole.false == sum(each.false for each in tallies)


def test_a_ratio_is_taken_within_each_repeat() -> None:
    """A machine that is half as fast in the second repeat changes no ratio."""
    assert ratios([1.0, 2.0, 3.0], [4.0, 8.0, 6.0]) == (0.25, 0.25, 0.5)


def test_a_spread_shows_the_middle_and_both_ends() -> None:
    """It prints as median (least..greatest)."""
    assert str(spread([3.0, 1.0, 2.5])) == "2.500 (1.000..3.000)"


@pytest.mark.parametrize(("text", "expected"), [("7", (7,)), ("1000,1001", (1000, 1001)), ("1-3,9", (1, 2, 3, 9))])
def test_seeds_are_listed_or_ranged(text: str, expected: tuple[int, ...]) -> None:
    """A range includes both of its ends."""
    assert seeds(text) == expected


@pytest.mark.parametrize("text", ["", "a", "1,,2"])
def test_what_is_no_seed_is_refused(text: str) -> None:
    """`argparse` turns the error into a line for the user."""
    with pytest.raises(ValueError, match="invalid literal"):
        seeds(text)


def test_f1_lies_between_precision_and_recall_and_is_nothing_without_finds() -> None:
    """It is the harmonic mean of both."""
    counts = Tally(10, people=8, found=6, false=6)
    assert f1(counts) == pytest.approx(2 / (1 / 0.5 + 1 / 0.75))
    assert f1(Tally(10, people=8, found=0, false=3)) == 0
