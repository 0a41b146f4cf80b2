"""The reorder buffer against the plainest model of it."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collector.reorder import Offer, ReorderBuffer


class ReorderMachine(RuleBasedStateMachine):
    """Offers in any order against a list of what was ever accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer: ReorderBuffer[int] = ReorderBuffer(3, 8)
        self.out: list[int] = [0, 1, 2]
        self.held: list[int] = []
        self.end = 1000

    @rule(ahead=st.integers(-4, 12))
    def offer(self, ahead: int) -> None:
        """The first of a number within the window is held."""
        seq = len(self.out) + ahead
        if seq < len(self.out) or seq in self.held:
            expected = Offer.DUPLICATE
        elif seq >= len(self.out) + self.buffer.window or seq >= self.end:
            expected = Offer.BEYOND
        else:
            expected = Offer.ACCEPTED
            self.held.append(seq)
        assert self.buffer.offer(seq, seq) is expected
        assert (seq >= self.buffer.reach) == (seq >= min(self.end, len(self.out) + self.buffer.window))

    @rule()
    def take(self) -> None:
        """Numbers come out one after the other, up to the first that is missing."""
        self.took(self.buffer.take_ready())
        assert len(self.out) not in self.held

    @rule(ahead=st.integers(0, 6))
    def take_some(self, ahead: int) -> None:
        """Where something else ends what may come out, the rest stays held."""
        end = len(self.out) + ahead
        self.took(self.buffer.take_ready(end))
        assert len(self.out) == end or len(self.out) not in self.held

    def took(self, ready: list[int]) -> None:
        """What came out is next."""
        for seq in ready:
            assert seq == len(self.out)
            self.out.append(seq)
            self.held.remove(seq)

    @rule(window=st.integers(1, 12))
    def widen(self, window: int) -> None:
        """A window only ever grows while frames are held beyond it."""
        self.buffer.window = max(window, self.buffer.top - self.buffer.next, 1)

    @rule(ahead=st.integers(0, 10))
    def end_at(self, ahead: int) -> None:
        """Nothing past the end stays or enters."""
        self.end = len(self.out) + ahead
        gone = [seq for seq in self.held if seq >= self.end]
        assert self.buffer.end_at(self.end) == len(gone)
        self.held = [seq for seq in self.held if seq < self.end]

    @rule()
    def drop(self) -> None:
        """What was held is forgotten, what came out is not."""
        assert self.buffer.drop_buffered() == len(self.held)
        self.held.clear()
        self.end = 1000

    @rule(limit=st.integers(1, 4), beyond=st.integers(0, 5))
    def describe(self, limit: int, beyond: int) -> None:
        """Ranges name the lowest of what is held, `missing` the rest."""
        named = [seq for first, last in self.buffer.ranges(limit) for seq in range(first, last + 1)]
        assert named == sorted(self.held)[: len(named)]
        assert len(named) == len(self.held) or len(self.buffer.ranges(limit)) == limit
        top = self.buffer.top + beyond
        assert sorted([*self.buffer.missing(top), *self.held]) == list(range(len(self.out), top))

    @invariant()
    def agree(self) -> None:
        """Position, number and invariants agree."""
        self.buffer.check()
        assert self.buffer.next == len(self.out)
        assert len(self.buffer) == len(self.held)
        assert self.buffer.top == max([*self.held, len(self.out) - 1]) + 1


TestReorder = ReorderMachine.TestCase
TestReorder.settings = settings(max_examples=60, stateful_step_count=30)


def test_ranges_join_neighbours() -> None:
    """Runs become one range each, in order."""
    buffer: ReorderBuffer[None] = ReorderBuffer(0, 100)
    for seq in (9, 3, 2, 7, 8):
        buffer.offer(seq, None)
    assert buffer.ranges() == ((2, 3), (7, 9))
    assert buffer.ranges(1) == ((2, 3),)
