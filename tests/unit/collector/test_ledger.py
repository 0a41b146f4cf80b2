"""The conservation ledger: its sum, its base, and when it balances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ledger import Ledger
from common.rows import Status

KINDS = st.sampled_from([(Status.OK, ""), (Status.FAILED, "poison"), (Status.DROPPED, "late")])


@given(before=st.dictionaries(KINDS, st.integers(0, 50)), base=st.integers(0, 50), frames=st.lists(KINDS))
def test_it_balances_exactly_at_the_number_captured(
    before: dict[tuple[Status, str], int], base: int, frames: list[tuple[Status, str]]
) -> None:
    """What an earlier collector counted, what it left uncounted, and what came since add up."""
    ledger = Ledger(before, base)
    for status, reason in frames:
        ledger.record(status, reason)
        ledger.check()
    assert ledger.total == base + sum(before.values()) + len(frames)
    for captured, balanced in ((None, False), (ledger.total, True), (ledger.total + 1, False)):
        ledger.captured = captured
        assert ledger.balanced is balanced


def test_more_than_was_captured_is_a_defect() -> None:
    """A frame too many does not pass unseen."""
    ledger = Ledger()
    ledger.captured = 0
    ledger.record(Status.OK, "")
    with pytest.raises(AssertionError):
        ledger.check()


@pytest.mark.parametrize(
    ("counts", "base", "fruitless"),
    [
        ({(Status.FAILED, "error"): 3, (Status.FAILED, "poison"): 1}, 0, True),
        ({(Status.FAILED, "error"): 3, (Status.OK, ""): 1}, 0, False),
        ({(Status.DROPPED, "superseded"): 3}, 0, True),
        ({(Status.DROPPED, "superseded"): 3, (Status.FAILED, "error"): 1}, 0, True),
        ({(Status.DROPPED, "superseded"): 3, (Status.OK, ""): 1}, 0, False),
        ({(Status.FAILED, "error"): 3}, 1, False),
        ({}, 0, False),
    ],
)
def test_that_no_frame_is_ok_is_told(counts: dict[tuple[Status, str], int], base: int, *, fruitless: bool) -> None:
    """Whether they failed or were dropped; but not where others went before that are not known."""
    assert Ledger(counts, base).fruitless is fruitless
