"""Tests of producer.patience: says once whom it waits for, and when it has waited long enough."""

from __future__ import annotations

from common.actions import Notice
from producer.patience import SAY_AFTER_S, Patience


def waiting(timeout_s: float | None = 5.0) -> Patience:
    """One that has begun at 10 s."""
    patience = Patience(timeout_s)
    patience.start(10.0)
    return patience


def test_whoever_comes_soon_is_not_worth_a_line() -> None:
    """Nothing is said before SAY_AFTER_S, nor of somebody who is there."""
    patience = waiting()
    assert patience.notices(11.9, collector=False, worker=False) == []
    assert patience.deadline() == 10.0 + SAY_AFTER_S
    assert patience.notices(12.0, collector=True, worker=False) == [Notice("info", "waiting for a worker")]


def test_it_says_so_once_for_each_absence() -> None:
    """Coming and going begins a new absence."""
    patience = waiting()
    both = [Notice("info", "waiting for a collector"), Notice("info", "waiting for a worker")]
    assert patience.notices(12.0, collector=False, worker=False) == both
    assert patience.notices(13.0, collector=False, worker=False) == []
    assert patience.notices(13.5, collector=True, worker=True) == []
    assert patience.notices(14.0, collector=True, worker=False) == []
    assert patience.notices(16.0, collector=True, worker=False) == both[1:]


def test_it_ends_when_somebody_stays_away_for_too_long() -> None:
    """And knows who."""
    patience = waiting()
    assert patience.missing == "collector"
    patience.notices(14.0, collector=True, worker=False)
    assert patience.missing == "worker"
    assert patience.deadline() == 15.0
    assert not patience.is_over(14.9)
    assert patience.is_over(15.0)
    assert repr(patience) == "Patience(missing since {'worker': 10.0})"


def test_without_a_timeout_it_never_ends() -> None:
    """Once everything is said there is nothing more to do."""
    patience = waiting(None)
    patience.notices(12.0, collector=False, worker=False)
    assert not patience.is_over(1e9)
    assert patience.deadline() == float("inf")


def test_nobody_missing_is_nobody() -> None:
    """With both there, nothing is due."""
    patience = waiting()
    patience.notices(11.0, collector=True, worker=True)
    assert patience.missing == ""
    assert patience.deadline() == float("inf")
    assert not patience.is_over(1e9)
