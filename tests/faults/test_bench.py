"""A measurement that is ended leaves nothing behind, in whichever part it is."""

from __future__ import annotations

import signal

import pytest

from common.exits import Exit
from tests.process.family import Family
from tests.process.roles import Shell, until
from vinofleet.measure.room import PREFIX

pytestmark = pytest.mark.faults

PARTS = {"vinofleet.bench.one": ("--frames", "1000000"), "worker": ("--frames", "16", "--repeats", "1000")}
"""What is under way, and options by which it is."""


@pytest.mark.parametrize("part", PARTS)
def test_ctrl_c_leaves_nothing_behind(shell: Shell, part: str) -> None:
    """Neither what was running, nor its folder, nor a figure."""
    family = Family()
    environment = family.environment | {"TMPDIR": str(shell.folder)}
    ran = shell.run("bench", "synthetic://street?size=320x180", *PARTS[part], environment=environment)
    until(lambda: bool(family.processes(part)))
    ran.signal(signal.SIGINT)
    assert ran.ends() == Exit.INTERRUPTED, ran
    until(lambda: not family.processes())
    assert not any("Traceback" in line or "FPS" in line for line in ran.text), ran
    assert list(shell.folder.glob(f"{PREFIX}*")) == []
