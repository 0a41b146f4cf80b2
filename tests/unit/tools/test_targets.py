"""Which priors answer for whom, judged by what a person would expect of a grid."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.person.geometry import HEIGHT, PRIOR_WIDTH, STRIDES, WIDTH, priors
from tools.person.targets import PRIORS, RADIUS, targets

NOBODY = np.zeros((0, 5), np.float32)
NOWHERE = np.zeros((0, 4), np.float32)


def person(x: float, y: float, width: float, height: float, score: float = 1.0) -> list[float]:
    """Return a row of `targets` by the person's middle."""
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2, score]


def test_every_cell_of_every_grid_has_one_prior() -> None:
    """There are as many priors as cells, and all lie in the picture."""
    found = priors()
    assert len(found) == sum((WIDTH // stride) * (HEIGHT // stride) for stride in STRIDES)
    assert (found[:, :2] > 0).all()
    assert (found[:, 0] < WIDTH).all()
    assert (found[:, 1] < HEIGHT).all()
    assert len(np.unique(found, axis=0)) == len(found)


def test_an_empty_picture_asks_every_prior_for_nothing() -> None:
    """Nobody there: every score that is wanted is 0."""
    assert (targets(NOBODY, NOWHERE) == 0).all()


@given(
    st.floats(20, WIDTH - 20),
    st.floats(20, HEIGHT - 20),
    st.floats(8, 120),
    st.floats(1.0, 3.0),
    st.floats(0.3, 1.0),
)
def test_somebody_always_answers_for_a_person_and_nobody_from_afar(
    x: float, y: float, width: float, slender: float, score: float
) -> None:
    """Each person has at least one prior, all of them near its middle, and each is asked for exactly its box."""
    row = np.array([person(x, y, width, width * slender, score)], np.float32)
    wanted = targets(row, NOWHERE)
    chosen = wanted[:, 0] > 0
    assert chosen.any()
    assert (wanted[chosen][:, 1:] == row[0, :4]).all()
    assert np.allclose(wanted[chosen][:, 0], score)
    distance = np.abs(PRIORS[chosen, :2] - [x, y]).max(1)
    assert (distance <= RADIUS * PRIORS[chosen, 2] / PRIOR_WIDTH + 1e-3).all()


def test_the_smaller_of_two_people_gets_the_prior_that_both_want() -> None:
    """A child before an adult is not lost."""
    adult, child = person(100, 100, 40, 80), person(100, 100, 20, 40)
    wanted = targets(np.array([child, adult], np.float32), NOWHERE)
    nearest = np.flatnonzero((np.abs(PRIORS[:, :2] - 100).max(1) < 8) & (PRIORS[:, 2] == 8 * PRIOR_WIDTH))
    assert (wanted[nearest, 1] == child[0]).all()


def test_an_unsure_box_is_neither_asked_for_nor_denied_unless_somebody_sure_is_there() -> None:
    """Its priors are marked, but for those of a person."""
    unsure = np.array([[50, 50, 150, 150]], np.float32)
    wanted = targets(np.array([person(100, 100, 16, 32)], np.float32), unsure)
    inside = (np.abs(PRIORS[:, :2] - 100) < 50).all(1)
    assert set(np.unique(wanted[inside, 0])) == {-1.0, 1.0}
    assert (wanted[~inside, 0] == 0).all()
