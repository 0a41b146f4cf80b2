"""When two runs have found the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinofleet.compare.agreement import Box, Detection, agreement, detections, iou

MAN: Box = (100.0, 100.0, 200.0, 300.0)
NUDGED: Box = (102.0, 101.0, 203.0, 302.0)
AWAY: Box = (400.0, 100.0, 500.0, 300.0)
OVER: Box = (130.0, 110.0, 230.0, 320.0)


def person(score: float = 0.9, box: Box = MAN, label: str = "person") -> Detection:
    """Somebody who was found."""
    return Detection(label, score, box)


def problem(one: list[Detection], other: list[Detection]) -> str:
    """What differs between two runs of one frame, beside nine others in which nothing does."""
    same = [[person() for _ in range(10)]] * 9
    return agreement([*same, one], [*same, other], 0.5).problem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([], []),
        ([person()], [person(0.85, NUDGED)]),
        ([person(), person(0.6, AWAY)], [person()]),  # so near the threshold that it may fall below
        ([person()], [person(), person(0.6, AWAY)]),
        ([person(0.95), person(0.8, OVER)], [person(0.95)]),  # suppressed by the one over it
        ([person(0.9)], [person(0.9, OVER)]),  # either suppresses the other
    ],
)
def test_what_rounding_explains_is_no_difference(one: list[Detection], other: list[Detection]) -> None:
    """Of boxes, scores, and of what is left out."""
    assert problem(one, other) == ""


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ([person()], [], "person 0.90 at (100, 100, 200, 300) is missing"),
        ([], [person()], "person 0.90 at (100, 100, 200, 300) is there as well"),
        ([person()], [person(box=AWAY)], "person 0.90 at (100, 100, 200, 300) is missing"),
        ([person()], [person(0.7)], "person 0.70 at (100, 100, 200, 300) was person 0.90 at (100, 100, 200, 300)"),
    ],
)
def test_whatever_is_beyond_that_is_named(one: list[Detection], other: list[Detection], said: str) -> None:
    """With the frame in which it is."""
    assert problem(one, other) == said
    assert agreement([[], one], [[], other], 0.5).frame == 1


def test_another_label_is_another_detection() -> None:
    """A box of the same place is no excuse where every detection has one: then too many stand alone."""
    found = agreement([[person()]], [[person(label="car")]], 0.5)
    assert found.problem == "2 of 2 detections are not in both"
    assert found.frame is None


def test_boxes_that_are_all_a_little_off_are_a_difference() -> None:
    """Each alone might be suppression; all of them are not."""
    rows = [[person()]] * 20
    assert agreement(rows, [[person(box=OVER)]] * 20, 0.5).problem == "40 of 40 detections are not in both"


def test_figures_are_of_the_whole_run() -> None:
    """How many there are, how many have no counterpart, and how far scores are apart."""
    one = [[person(0.9)] * 1, [person(0.9), person(0.55, AWAY)], *[[person()]] * 20]
    other = [[person(0.8)], [person(0.9)], *[[person()]] * 20]
    found = agreement(one, other, 0.5)
    assert (found.detections, found.alone, found.problem) == (45, 1, "")
    assert found.score_difference == pytest.approx(0.1)


def test_a_row_of_json_is_read() -> None:
    """As `--json` writes it."""
    row = {"frame": 0, "detections": [{"label": "person", "class_id": 0, "score": 0.9, "box": [1.0, 2.0, 3.0, 4.0]}]}
    assert detections(row) == [Detection("person", 0.9, (1.0, 2.0, 3.0, 4.0))]


SIDE = st.floats(0, 1000, allow_nan=False)
FRAMES = st.lists(
    st.lists(
        st.builds(Detection, st.sampled_from("ab"), st.floats(0.5, 1), st.tuples(SIDE, SIDE, SIDE, SIDE)), max_size=5
    ),
    max_size=5,
)


@given(FRAMES)
def test_a_run_agrees_with_itself_unless_boxes_have_no_area(rows: list[list[Detection]]) -> None:
    """Whatever it holds."""
    whole = [[each for each in row if iou(each.box, each.box) > 0] for row in rows]
    found = agreement(whole, whole, 0.5)
    assert (found.problem, found.alone, found.score_difference) == ("", 0, 0.0)
