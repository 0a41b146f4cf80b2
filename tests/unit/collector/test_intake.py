"""The intake of pictures against the plainest model of it: what is held is what came and is not written."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collector.intake import Intake
from common.messages import Picture

OFFER = (1, 3, 4096, 4, 24)


class IntakeMachine(RuleBasedStateMachine):
    """Pieces, restarts and words of the outputs in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.intake = Intake()
        self.next: int | None = None
        self.pieces = b""
        self.form = (0, 0)
        self.whole: dict[int, int] = {}

    @rule(first=st.integers(0, 5))
    def expect(self, first: int) -> None:
        """Pictures from there on are void, and so is where they lay."""
        self.intake.expect(first)
        self.next, self.pieces = first, b""
        self.whole = {seq: size for seq, size in self.whole.items() if seq < first}
        assert (self.intake.slots, self.intake.token) == (0, b"")

    @rule()
    def forgo(self) -> None:
        """No picture is waited for; those that are here stay."""
        self.intake.forgo()
        self.next, self.pieces = None, b""

    @rule(token=st.sampled_from([b"", b"t" * 16]))
    def agree(self, token: bytes) -> None:
        """The pieces of one picture belong to one agreement."""
        self.intake.agree(OFFER, token)
        self.pieces = b""
        assert self.intake.slots == (4 if token else 0)

    @precondition(lambda self: self.next is not None)
    @rule()
    def skip(self) -> None:
        """The next is due."""
        assert self.next is not None
        self.intake.skip()
        self.next, self.pieces = self.next + 1, b""

    @precondition(lambda self: self.next is not None)
    @rule(nbytes=st.integers(0, 6), size=st.integers(1, 12), width=st.sampled_from([8, 16]))
    def add(self, nbytes: int, size: int, width: int) -> None:
        """A piece fits if it is of the same picture and ends where that ends at the latest."""
        assert self.next is not None
        piece = Picture(1, "clip", 1, self.next, width, 4, -1, len(self.pieces), size)
        fits = 0 < nbytes <= size - len(self.pieces) and (not self.pieces or self.form == (size, width))
        assert self.intake.fits(piece, nbytes) == fits
        if not fits:
            return
        data = bytes([nbytes]) * nbytes
        self.pieces, self.form = self.pieces + data, (size, width)
        whole = self.intake.add(piece, memoryview(data))
        assert (whole is None) == (len(self.pieces) < size)
        if whole is not None:
            assert whole == self.pieces
            self.whole[self.next] = size
            self.next, self.pieces = self.next + 1, b""

    @rule(upto=st.integers(0, 8))
    def written(self, upto: int) -> None:
        """Pictures of written frames are held no longer."""
        if self.next is None or upto <= self.next:
            self.intake.written(upto)
            self.whole = {seq: size for seq, size in self.whole.items() if seq >= upto}

    @invariant()
    def agrees(self) -> None:
        """Turn, bytes and invariants are the model's."""
        self.intake.check()
        assert self.intake.next == self.next
        assert self.intake.offset == len(self.pieces)
        assert self.intake.held == len(self.pieces) + sum(self.whole.values())


TestIntake = IntakeMachine.TestCase
TestIntake.settings = settings(max_examples=60, stateful_step_count=30)
