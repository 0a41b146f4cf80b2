"""Medians, spreads, and which frames are measured."""

from __future__ import annotations

import pytest

from vinofleet.measure.figures import Run, Spread, last_measured, spread, stages


@pytest.mark.parametrize(("frames", "last"), [(8, 6), (100, 75), (256, 192), (300, 236), (10_000, 9_936)])
def test_the_frames_that_a_fleet_may_have_read_ahead_are_not_measured(frames: int, last: int) -> None:
    """A window of 64; of few frames a quarter."""
    assert last_measured(frames) == last


def test_a_spread_is_of_what_was_measured() -> None:
    """Repeats in which the system said nothing count as nothing; where it never did, there is no figure."""
    assert spread([3.0, None, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert spread([None, None]) is None
    assert Spread(2.0, 1.0, 3.0).asdict() == {"median": 2.0, "min": 1.0, "max": 3.0}


def run(**stages_ms: float) -> Run:
    """A repeat in which stages took so long."""
    return Run(10.0, None, None, None, None, 1.0, stages_ms=stages_ms)


def test_stages_are_medians_too() -> None:
    """In the order in which they were first told; one that is missing in a repeat took no time there."""
    assert stages([run(decode=1.0), run(decode=3.0, draw=2.0), run(decode=2.0, draw=4.0)]) == {
        "decode": 2.0,
        "draw": 2.0,
    }
    assert stages([]) == {}
