"""`from vinofleet import results`, disturbed: no row is lost, and no fleet outlives its program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.process.family import VARIABLE, Family
from tests.process.roles import PATIENCE_S, until
from vinofleet import results

pytestmark = [pytest.mark.faults, pytest.mark.process]

PROGRAM = """
from vinofleet import results
seen = iter(results("synthetic://counter?frames=100000&size=64x48", model="scripted://?service_ms=2"))
print(next(seen).frame, flush=True)
input()
"""


def test_its_collector_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes again is left out, and what was torn comes again."""
    family = Family()
    monkeypatch.setenv(VARIABLE, family.mark)
    found = []
    for result in results("synthetic://counter?frames=300&size=64x48", model="scripted://?service_ms=6&detections=3"):
        found.append(result.frame)
        if result.frame in {60, 160}:
            os.kill(family.process("collector"), signal.SIGKILL)
    assert found == list(range(300))
    until(lambda: not family.processes())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_its_program_is_ended(number: signal.Signals) -> None:
    """By Ctrl-C the fleet is gone before it; however it ends, soon after."""
    family = Family()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **family.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "0\n"
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode != 0
    if number == signal.SIGINT:
        assert not family.processes()
    until(lambda: not family.processes())
