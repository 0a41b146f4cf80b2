"""The parts."""

from __future__ import annotations

from vinofleet.bench.parts import FLEET, INFERENCE, PACED, PARTS


def test_each_is_told_from_the_others_and_what_is_paced_comes_after_a_fleet() -> None:
    """By kind and by name; the first repeat is in this order."""
    assert len({part.kind for part in PARTS}) == len({part.name for part in PARTS}) == len(PARTS)
    assert PARTS.index(INFERENCE) < PARTS.index(FLEET) < PARTS.index(PACED)
