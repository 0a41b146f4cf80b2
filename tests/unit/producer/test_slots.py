"""Tests of producer.slots: shares, turns, and a book that agrees with three plain sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from producer.slots import SlotBook, SlotError, shares

OWNED = {"a": range(3), "b": range(3, 5)}


@given(st.integers(0, 4096), st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=20))
def test_shares_are_equal_disjoint_and_never_below_two(window: int, streams: list[str]) -> None:
    """Each stream gets its part of the window, from slot 0 on without a gap."""
    given_out = shares(window, streams)
    assert list(given_out) == streams
    assert {len(part) for part in given_out.values()} == {max(2, window // len(streams))}
    assert [slot for part in given_out.values() for slot in part] == list(range(sum(map(len, given_out.values()))))


def test_no_streams_share_nothing() -> None:
    """A producer without streams has no slots."""
    assert shares(64, []) == {}


def test_a_slot_goes_from_lent_to_full_and_back() -> None:
    """It is lent once, filled once, and lent again by settlement."""
    book = SlotBook(OWNED)
    assert book.lend("b") == [3, 4]
    assert book.lend("b") == []
    book.fill("b", 3)
    assert (book.size("b"), book.full("b"), book.full("a")) == (2, 1, 0)
    assert repr(book) == "SlotBook(0:free, 1:free, 2:free, 3:full, 4:lent)"
    book.settle(3)
    assert book.full("b") == 0


def test_only_the_first_slots_of_a_stream_may_be_lent() -> None:
    """As many as it has pictures."""
    book = SlotBook(OWNED)
    assert book.lend("a", 2) == [0, 1]
    assert book.lend("b", 9) == [3, 4]
    assert (book.first("a"), book.first("b")) == (0, 3)


def test_a_slot_out_of_turn_is_a_defect() -> None:
    """Filling what is not lent, or another stream's, and settling what is not full are refused."""
    book = SlotBook(OWNED)
    with pytest.raises(SlotError, match="slot 0 is free, not lent"):
        book.fill("a", 0)
    with pytest.raises(SlotError, match="slot 3 is not a's"):
        book.fill("a", 3)
    with pytest.raises(SlotError, match="slot 0 is free, not full"):
        book.settle(0)
    with pytest.raises(SlotError, match="slot 9 is None, not full"):
        book.settle(9)


class AgainstSets(RuleBasedStateMachine):
    """Whatever is lent, filled and settled in turn, the book counts what three sets hold."""

    def __init__(self) -> None:
        super().__init__()
        self.book = SlotBook(OWNED)
        self.free = {slot for part in OWNED.values() for slot in part}
        self.lent: set[int] = set()
        self.full: set[int] = set()

    @rule(stream=st.sampled_from(sorted(OWNED)))
    def lend(self, stream: str) -> None:
        """Exactly the free ones of the stream are lent."""
        wanted = self.free & set(OWNED[stream])
        assert set(self.book.lend(stream)) == wanted
        self.free -= wanted
        self.lent |= wanted

    @precondition(lambda self: self.lent)
    @rule(data=st.data())
    def fill(self, data: st.DataObject) -> None:
        """A lent slot becomes full."""
        slot = data.draw(st.sampled_from(sorted(self.lent)))
        self.book.fill("a" if slot in OWNED["a"] else "b", slot)
        self.lent.remove(slot)
        self.full.add(slot)

    @precondition(lambda self: self.full)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        """A full slot is lent again."""
        slot = data.draw(st.sampled_from(sorted(self.full)))
        self.book.settle(slot)
        self.full.remove(slot)
        self.lent.add(slot)

    @rule(slot=st.integers(0, 4))
    def settle_in_error(self, slot: int) -> None:
        """Settling a slot that is not full changes nothing."""
        if slot not in self.full:
            with pytest.raises(SlotError):
                self.book.settle(slot)

    @invariant()
    def agrees(self) -> None:
        """Full slots are counted by stream."""
        for stream, part in OWNED.items():
            assert self.book.full(stream) == len(self.full & set(part))


TestAgainstSets = AgainstSets.TestCase
