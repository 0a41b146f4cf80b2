"""Tests of producer.rotation: a circle that agrees with a plain list."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from producer.rotation import Rotation

NAMES = st.sampled_from("abcd")


def test_an_empty_circle_has_no_turn() -> None:
    """It is false, and asking whose turn it is is a defect."""
    rotation = Rotation()
    assert not rotation
    with pytest.raises(StopIteration):
        rotation.turn()


class AgainstAList(RuleBasedStateMachine):
    """Joining, leaving and turns, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.rotation = Rotation()
        self.circle: list[str] = []

    @rule(name=NAMES)
    def join(self, name: str) -> None:
        """A newcomer stands at the end; joining twice keeps the place."""
        self.rotation.join(name)
        if name not in self.circle:
            self.circle.append(name)

    @rule(name=NAMES)
    def leave(self, name: str) -> None:
        """Leaving is possible at any time."""
        self.rotation.leave(name)
        self.circle = [other for other in self.circle if other != name]

    @precondition(lambda self: self.circle)
    @rule()
    def turn(self) -> None:
        """The first has its turn and goes to the end."""
        first = self.circle.pop(0)
        self.circle.append(first)
        assert self.rotation.turn() == first

    @invariant()
    def agrees(self) -> None:
        """Order and membership are those of the list."""
        assert repr(self.rotation) == f"Rotation({self.circle})"
        assert bool(self.rotation) == bool(self.circle)
        assert all((name in self.rotation) == (name in self.circle) for name in "abcd")


TestAgainstAList = AgainstAList.TestCase
