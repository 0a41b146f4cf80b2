"""Whole fleets on a virtual clock, by the thousand: whatever goes wrong, every frame is accounted for.

`VINOFLEET_SIM_HISTORIES` says how many; `make sim HISTORIES=20000` is what CI runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.hunt import hunt_all, report

pytestmark = pytest.mark.sim

_STORIES = """
import hashlib
from tests.sim.fleet import Fleet
from tests.sim.script import generate
digest = hashlib.sha256()
for seed in range(20):
    fleet = Fleet(seed, generate(seed), tell=True)
    fleet.run()
    digest.update("".join(line for line in fleet.story if "memory at" not in line).encode())
print(digest.hexdigest())
"""


@pytest.mark.timeout(3600)
def test_every_history_keeps_every_promise(histories: int) -> None:
    """Crashes, partitions, loss, repetition, stalls, poison: no frame is lost, doubled, misplaced or mixed up."""
    findings = hunt_all(range(histories))
    if findings:
        seeds = ", ".join(str(finding.seed) for finding in findings[:20])
        pytest.fail(f"{len(findings)} of {histories} histories fail (seeds {seeds})\n\n{report(findings[0])}")


def test_histories_are_the_same_in_every_process() -> None:
    """No order of a set or of memory gets into them: a seed reproduces what it found."""
    digests = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", _STORIES]
        root = Path(__file__).parents[2]
        result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
        digests.add(result.stdout)
    assert len(digests) == 1
