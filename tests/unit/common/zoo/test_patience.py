"""How long a fetch waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common.zoo.patience import PAUSE_MAX_S, SLOWEST_BYTES_PER_S, Flow, Patience


def test_each_pause_is_twice_as_long() -> None:
    """From the first on, up to a bound."""
    patience = Patience()
    assert [patience.pause(tried) for tried in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert patience.pause(100) == PAUSE_MAX_S


def test_a_span_with_too_few_bytes_has_stopped() -> None:
    """It is judged when it is over, and the next one anew."""
    flow = Flow(10.0, now=100.0)
    assert not flow.has_stopped(1, 105.0)
    assert flow.has_stopped(1, 110.0)
    assert not flow.has_stopped(1, 115.0)
    assert not flow.has_stopped(10 * SLOWEST_BYTES_PER_S, 120.0)
    assert flow.has_stopped(0, 130.0)


@given(st.lists(st.floats(0.001, 9.0), min_size=1))
def test_a_body_that_is_fast_enough_never_stops(waits: list[float]) -> None:
    """However unevenly it comes."""
    now = 0.0
    flow = Flow(10.0, now)
    for wait in waits:
        now += wait
        assert not flow.has_stopped(int(wait * SLOWEST_BYTES_PER_S) + 1, now)
