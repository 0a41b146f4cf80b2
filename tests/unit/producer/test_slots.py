"""Tests of producer.slots: shares, turns, and a book that agrees with plain sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from producer.slots import SlotBook, SlotError, SlotState, shares

OWNED = {"a": range(3), "b": range(3, 5)}


@given(
    st.integers(0, 4096), st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=20), st.sampled_from((2, 3))
)
def test_shares_are_equal_disjoint_and_never_below_the_least(window: int, streams: list[str], least: int) -> None:
    """Each stream gets its part of the window, from slot 0 on without a gap."""
    given_out = shares(window, dict.fromkeys(streams, least))
    assert list(given_out) == streams
    assert {len(part) for part in given_out.values()} == {max(least, window // len(streams))}
    assert [slot for part in given_out.values() for slot in part] == list(range(sum(map(len, given_out.values()))))


def test_no_streams_share_nothing() -> None:
    """A producer without streams has no slots."""
    assert shares(64, {}) == {}


def test_a_slot_goes_from_lent_to_full_and_back() -> None:
    """It is lent once, filled once, read, and free again by settlement."""
    book = SlotBook(OWNED)
    assert book.lend("b", 9) == [3, 4]
    assert book.lend("b", 9) == []
    book.fill("b", 3)
    book.fill("b", 4)
    book.read(4)
    assert (book.size("b"), book.count("b", SlotState.FULL, SlotState.READ), book.count("a", SlotState.FULL)) == (
        2,
        2,
        0,
    )
    assert repr(book) == "SlotBook(0:free, 1:free, 2:free, 3:full, 4:read)"
    book.settle(4)
    book.settle(3)
    assert book.lend("b", 9) == [4, 3], "the one that is free for longest"


def test_a_frame_that_nobody_was_given_may_lose_its_slot() -> None:
    """One that was given keeps it: a late reader may be there."""
    book = SlotBook(OWNED)
    book.lend("a", 2)
    book.fill("a", 0)
    book.fill("a", 1)
    book.read(1)
    book.vacate(0)
    with pytest.raises(SlotError, match="slot 1 is read, not full"):
        book.vacate(1)
    assert book.lend("a", 9) == [2, 0]


def test_no_more_are_lent_than_may_be() -> None:
    """Those that are lent already count."""
    book = SlotBook(OWNED)
    assert book.lend("a", 0) == []
    assert book.lend("a", 1) == [0]
    assert book.lend("a", 1) == []
    assert book.lend("a", 2) == [1]


def test_only_the_first_slots_of_a_stream_may_be_used() -> None:
    """As many as it has pictures."""
    book = SlotBook(OWNED)
    book.narrow("a", 2)
    book.narrow("b", 9)
    assert (book.size("a"), book.size("b")) == (2, 2)
    assert (book.count("a", SlotState.FREE), book.count("b", SlotState.FREE)) == (2, 2)
    assert book.lend("a", 9) == [0, 1]
    assert book.lend("b", 9) == [3, 4]
    assert (book.first("a"), book.first("b")) == (0, 3)


def test_a_slot_out_of_turn_is_a_defect() -> None:
    """Filling what is not lent, or another stream's, and settling what is not full are refused."""
    book = SlotBook(OWNED)
    with pytest.raises(SlotError, match="slot 0 is free, not lent"):
        book.fill("a", 0)
    with pytest.raises(SlotError, match="slot 3 is not a's"):
        book.fill("a", 3)
    with pytest.raises(SlotError, match="slot 0 is free, not full or read"):
        book.settle(0)
    with pytest.raises(SlotError, match="slot 9 is None, not full"):
        book.read(9)


class AgainstSets(RuleBasedStateMachine):
    """Whatever is lent, filled, read, vacated and settled in turn, the book counts what plain sets hold."""

    def __init__(self) -> None:
        super().__init__()
        self.book = SlotBook(OWNED)
        self.free = {slot for part in OWNED.values() for slot in part}
        self.lent: set[int] = set()
        self.full: set[int] = set()
        self.read: set[int] = set()

    @rule(stream=st.sampled_from(sorted(OWNED)), most=st.integers(0, 4))
    def lend(self, stream: str, most: int) -> None:
        """Free ones of the stream are lent, as many as may be."""
        part = set(OWNED[stream])
        lent = set(self.book.lend(stream, most))
        assert lent <= self.free & part
        assert len(lent) == max(0, min(len(self.free & part), most - len(self.lent & part)))
        self.free -= lent
        self.lent |= lent

    @precondition(lambda self: self.lent)
    @rule(data=st.data())
    def fill(self, data: st.DataObject) -> None:
        """A lent slot becomes full."""
        slot = data.draw(st.sampled_from(sorted(self.lent)))
        self.book.fill("a" if slot in OWNED["a"] else "b", slot)
        self.lent.remove(slot)
        self.full.add(slot)

    @precondition(lambda self: self.full)
    @rule(data=st.data(), given_to_somebody=st.booleans())
    def leave(self, data: st.DataObject, *, given_to_somebody: bool) -> None:
        """A full slot is read, or vacated."""
        slot = data.draw(st.sampled_from(sorted(self.full)))
        (self.book.read if given_to_somebody else self.book.vacate)(slot)
        self.full.remove(slot)
        (self.read if given_to_somebody else self.free).add(slot)

    @precondition(lambda self: self.full | self.read)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        """A slot that holds a frame is free again."""
        slot = data.draw(st.sampled_from(sorted(self.full | self.read)))
        self.book.settle(slot)
        self.full.discard(slot)
        self.read.discard(slot)
        self.free.add(slot)

    @rule(slot=st.integers(0, 4))
    def err(self, slot: int) -> None:
        """Settling a slot without a frame, or vacating one that is read, changes nothing."""
        if slot not in self.full | self.read:
            with pytest.raises(SlotError):
                self.book.settle(slot)
        if slot not in self.full:
            with pytest.raises(SlotError):
                self.book.vacate(slot)

    @invariant()
    def agrees(self) -> None:
        """Slots are counted by stream and state."""
        sets = {"free": self.free, "lent": self.lent, "full": self.full, "read": self.read}
        for stream, part in OWNED.items():
            for state, slots in sets.items():
                assert self.book.count(stream, SlotState(state)) == len(slots & set(part))


TestAgainstSets = AgainstSets.TestCase
