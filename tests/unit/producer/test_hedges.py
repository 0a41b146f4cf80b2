"""Tests of producer.hedges: which frames a second worker may be tried on; test_dispatch.py has who gets them."""

from __future__ import annotations

from common import limits
from producer.hedges import hedgeable
from tests.unit.producer.test_leases import ONE, W1, W2, die, give, table


def test_only_a_frame_with_one_worker_that_is_no_suspect_is_hedged() -> None:
    """Not one that waits, is gone, is hedged already, or may kill a second worker."""
    leases = table(2)
    assert hedgeable(leases, ("a", 0)) is None
    assert hedgeable(leases, ("a", 9)) is None
    frame, lease = give(leases)
    assert hedgeable(leases, frame.key) is lease
    leases.grant(frame, W2, 0.0, 5.0, hedge=True)
    assert hedgeable(leases, frame.key) is None
    assert leases.hedged == 1
    assert leases.redispatched == 0


def test_suspects_are_not_hedged() -> None:
    """They run alone."""
    leases = table()
    frame, _ = give(leases)
    die(leases, W1, ONE, frame.key)
    give(leases, W2)
    assert hedgeable(leases, frame.key) is None


def test_hedges_have_a_budget() -> None:
    """One at first, then a share of all that is sent."""
    per_hedge = round(1 / limits.HEDGE_BUDGET)
    leases = table(3 * per_hedge)
    give(leases)
    for hedges in range(3):
        while leases.sends < hedges * per_hedge:
            give(leases)
            assert (hedgeable(leases, ("a", hedges)) is None) == (leases.sends < hedges * per_hedge)
        leases.grant(leases.frames["a", hedges], W2, 0.0, 5.0, hedge=True)
        assert hedgeable(leases, ("a", 10)) is None
    assert leases.hedged <= 1 + limits.HEDGE_BUDGET * leases.sends
