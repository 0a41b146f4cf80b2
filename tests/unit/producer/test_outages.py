"""Tests of producer.outages: how often, and for how long."""

from __future__ import annotations

from producer.outages import Outages


def test_outages_add_up() -> None:
    """Each counts once, however often it is noted, and the one that goes on counts too."""
    outages = Outages()
    assert outages.end(1.0) == 0.0
    outages.begin(2.0)
    outages.begin(3.0)
    assert outages.figures(4.0) == {"count": 1, "total_s": 2.0, "longest_s": 2.0}
    assert outages.end(7.0) == 5.0
    outages.begin(10.0)
    assert outages.away_s(11.0) == 1.0
    assert outages.figures(11.0) == {"count": 2, "total_s": 6.0, "longest_s": 5.0}
