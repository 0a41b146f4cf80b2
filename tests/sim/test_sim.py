"""Whole fleets on a virtual clock, by the thousand: whatever goes wrong, every frame is accounted for.

`VINOFLEET_SIM_HISTORIES` says how many; `make sim HISTORIES=20000` is what CI runs.
"""

from __future__ import annotations

import pytest

from tests.sim.hunt import hunt_all, report

pytestmark = pytest.mark.sim


@pytest.mark.timeout(3600)
def test_every_history_keeps_every_promise(histories: int) -> None:
    """Crashes, partitions, loss, repetition, stalls, poison: no frame is lost, doubled, misplaced or mixed up."""
    findings = hunt_all(range(histories))
    if findings:
        seeds = ", ".join(str(finding.seed) for finding in findings[:20])
        pytest.fail(f"{len(findings)} of {histories} histories fail (seeds {seeds})\n\n{report(findings[0])}")
