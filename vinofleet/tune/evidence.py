"""How sure one may be that one setting is better than another, from runs of both in turns. Pure.

What this file does not know: what was measured.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final, NamedTuple

T_95: Final = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""Student's t at 97.5 %, by degrees of freedom from 1; more count as the last, which makes intervals too wide."""


class Interval(NamedTuple):
    """A ratio, and between what it lies with 95 % confidence."""

    ratio: float
    least: float
    most: float

    @property
    def is_above_one(self) -> bool:
        """Whether it is more than 1 beyond doubt."""
        return self.least > 1

    def __str__(self) -> str:
        return f"{self.ratio:.2f} x ({self.least:.2f} to {self.most:.2f})"


def interval(ratios: Sequence[float]) -> Interval | None:
    """The mean of ratios, each of two runs that followed one another; None of less than two.

    The mean is that of their logarithms, so that twice as fast and half as fast cancel out.
    """
    if len(ratios) < 2:  # noqa: PLR2004 - one says nothing of how they scatter
        return None
    logarithms = [math.log(ratio) for ratio in ratios]
    mean = statistics.fmean(logarithms)
    t = T_95[min(len(ratios) - 1, len(T_95)) - 1]
    half = t * statistics.stdev(logarithms) / math.sqrt(len(ratios))
    return Interval(math.exp(mean), math.exp(mean - half), math.exp(mean + half))
