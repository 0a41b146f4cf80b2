"""Whole fleets on a virtual clock, by the thousand: whatever goes wrong, every frame is accounted for.

`VINOFLEET_SIM_HISTORIES` says how many; `make sim HISTORIES=20000` is what CI runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.fleet import Fleet
from tests.sim.hunt import hunt_all, report
from tests.sim.script import generate
from tests.sim.states import STATES, role_of

pytestmark = pytest.mark.sim

SEEDS_FOR_STATES = 20_000

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


@pytest.mark.timeout(600)
def test_the_generator_has_nodes_die_in_every_state() -> None:
    """No state of the table is left to the small run's own scripts: seeds come to each of them, and survive it."""
    wanted = {f"{role} {name}" for role, names in STATES.items() for name in names}
    for seed in range(SEEDS_FOR_STATES):
        script = generate(seed)
        if not any(f"{role_of(fault.target)} {fault.state}" in wanted for fault in script.faults):
            continue
        fleet = Fleet(seed, script)
        fleet.run()
        wanted -= set(fleet.happened)
        if not wanted:
            return
    pytest.fail(f"of {SEEDS_FOR_STATES} seeds none has a node die in {sorted(wanted)}")


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
