"""How many frames a worker asks for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import limits
from worker.share import capacity

REQUESTS = st.integers(1, 2000)
PRODUCERS = st.integers(1, 50)


def test_a_single_producer_keeps_one_frame_ready_beyond_those_that_run() -> None:
    """One waits in the worker, so that no request idles for a round trip."""
    assert capacity(4, 1) == 5
    assert capacity(4, 1, ahead=0) == 4


@given(requests=REQUESTS, producers=PRODUCERS)
def test_every_producer_gets_something_and_none_more_than_is_admitted(requests: int, producers: int) -> None:
    """A capacity is between 1 and CREDITS_MAX."""
    assert 1 <= capacity(requests, producers) <= limits.CREDITS_MAX


@given(requests=st.integers(1, 500), producers=PRODUCERS)
def test_together_the_producers_keep_the_engine_busy_and_not_much_more(requests: int, producers: int) -> None:
    """All capacities together cover requests + 1, with less than one frame a producer beyond."""
    together = producers * capacity(requests, producers)
    assert requests + 1 <= together < requests + 1 + producers
