"""How sure one may be."""

from __future__ import annotations

import random
import statistics

import pytest

from vinofleet.tune.evidence import interval


def test_one_ratio_says_nothing() -> None:
    """Nor does none."""
    assert interval([]) is None
    assert interval([1.2]) is None


def test_what_scatters_little_is_sure() -> None:
    """And what scatters as much as it differs is not."""
    sure, unsure = interval([1.20, 1.21, 1.19]), interval([1.0, 1.5, 1.1])
    assert sure is not None
    assert unsure is not None
    assert sure.is_above_one
    assert not unsure.is_above_one
    assert str(sure) == "1.20 x (1.18 to 1.23)"


def test_twice_as_fast_and_half_as_fast_cancel_out() -> None:
    """A ratio and its inverse count alike."""
    found = interval([2.0, 0.5])
    assert found is not None
    assert found.ratio == pytest.approx(1.0)


@pytest.mark.parametrize("runs", [2, 4, 30])
def test_the_interval_holds_the_truth_as_often_as_it_says(runs: int) -> None:
    """Of ratios around 1.1 that scatter like logarithms of a bell curve, 95 % or a little more."""
    chance = random.Random(7)
    held = []
    for _ in range(2000):
        found = interval([1.1 * chance.lognormvariate(0, 0.1) for _ in range(runs)])
        assert found is not None
        held.append(found.least <= 1.1 <= found.most)
    assert 0.935 <= statistics.fmean(held) <= 0.985
