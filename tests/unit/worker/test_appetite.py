"""How many frames a worker wants, and when its engines tell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import limits
from worker.appetite import MEASURED_S, Appetite, pace
from worker.pace import AT_ONCE

REQUESTS = st.integers(1, 32)
PATIENCE_S = st.floats(0.001, 1.0)


def _fed(rate: float) -> Appetite:
    """One that has seen so many frames a second for a second."""
    appetite = Appetite()
    appetite.finished(1, 0.0)
    appetite.finished(int(rate), 1.0)
    return appetite


def test_who_knows_nothing_yet_wants_one_in_hand_and_one_for_company() -> None:
    """The first frames show what more would be good for."""
    assert Appetite().ahead(2, 18, 0.025) == 2


def test_the_faster_the_device_the_more_frames_are_wanted() -> None:
    """As many as it finishes while news may wait: their places are taken until that goes out."""
    assert _fed(40).ahead(2, 18, 0.025) == 2
    assert _fed(200).ahead(2, 18, 0.025) == 6
    assert _fed(400).ahead(2, 18, 0.025) == 11


def test_what_was_is_forgotten() -> None:
    """The rate is that of the last frames."""
    appetite = _fed(400)
    appetite.finished(4, 1.0 + MEASURED_S)
    assert appetite.ahead(2, 18, 0.025) == 2


@given(st.floats(1, 1e5), REQUESTS, st.integers(0, 40), PATIENCE_S)
def test_no_more_is_wanted_than_the_engine_takes(rate: float, requests: int, more: int, patience_s: float) -> None:
    """But always one, so that a request that ends finds its next frame."""
    ahead = _fed(rate).ahead(requests, requests + more, patience_s)
    assert 1 <= ahead <= max(1, min(more, limits.BATCH_MAX + 1))


@given(REQUESTS)
def test_without_patience_all_is_told_at_once(requests: int) -> None:
    """Somebody waits for it."""
    assert pace(requests, 0.0, sated=True) == pace(requests, 0.0, sated=False) == AT_ONCE


@given(REQUESTS, PATIENCE_S)
def test_a_device_that_gets_nothing_more_is_told_of_sooner(requests: int, patience_s: float) -> None:
    """Its next frames come only when news of some is told; otherwise news waits until it has too little to do."""
    sated, hungry = pace(requests, patience_s, sated=True), pace(requests, patience_s, sated=False)
    assert sated.low == requests + 1
    assert hungry.low == requests - 1
    assert sated.patience_s == hungry.patience_s == patience_s
