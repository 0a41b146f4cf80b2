"""Numbers that look random and are a function of a seed: the same on every machine and with every version of numpy.

Made for drawing people and streets, which two machines must agree on; not for secrets.
The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).

What this file does not know: what its numbers decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

_MASK: Final = 2**64 - 1
_STEP: Final = 0x9E3779B97F4A7C15

T = TypeVar("T")


class Chance:
    """A sequence of numbers that `keys` decide.

    Args:
        keys: integers; any other ones give another, unrelated sequence.
    """

    def __init__(self, *keys: int) -> None:
        self._state = 0
        for key in keys:
            self._state = _mixed(self._state + _STEP + (key & _MASK))

    def unit(self) -> float:
        """The next number, 0 <= x < 1."""
        self._state = (self._state + _STEP) & _MASK
        return (_mixed(self._state) >> 11) / 2**53

    def between(self, low: float, high: float) -> float:
        """The next number, low <= x <= high."""
        return low + (high - low) * self.unit()

    def happens(self, share: float) -> bool:
        """Whether something that happens in `share` of all cases happens in the next one."""
        return self.unit() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`, all alike."""
        return choices[int(self.unit() * len(choices))]


def _mixed(state: int) -> int:
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)
