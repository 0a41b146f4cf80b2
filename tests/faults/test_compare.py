"""A comparison that is ended leaves nothing behind, whoever ends it."""

from __future__ import annotations

import signal

import pytest

from common.exits import Exit
from tests.process.family import Family
from tests.process.roles import Shell, until
from vinofleet.measure.room import PREFIX

pytestmark = pytest.mark.faults

LONG = ("synthetic://street?size=320x180", "--frames", "100000", "--modes", "fleet", "--workers", "1")


def test_ctrl_c_leaves_nothing_behind(shell: Shell) -> None:
    """Neither the fleet that was running, nor its folder, nor a figure."""
    family = Family()
    ran = shell.run("compare", *LONG, environment=family.environment | {"TMPDIR": str(shell.folder)})
    until(lambda: bool(family.processes("worker")))
    ran.signal(signal.SIGINT)
    assert ran.ends() == Exit.INTERRUPTED, ran
    until(lambda: not family.processes())
    assert not any("Traceback" in line or "FPS" in line for line in ran.text), ran
    assert list(shell.folder.glob(f"{PREFIX}*")) == []


def test_one_that_is_killed_takes_its_fleet_along_and_its_folder_goes_with_the_next(shell: Shell) -> None:
    """Which a killed process cannot remove."""
    family = Family()
    temporary = {"TMPDIR": str(shell.folder)}
    ran = shell.run("compare", *LONG, environment=family.environment | temporary)
    until(lambda: bool(family.processes("worker")))
    ran.kill()
    until(lambda: not family.processes())
    assert len(list(shell.folder.glob(f"{PREFIX}*"))) == 1
    short = ("synthetic://street?size=320x180", "--frames", "8", "--repeats", "1", "--modes", "sync")
    assert shell.run("compare", *short, environment=temporary).ends() == Exit.OK
    assert list(shell.folder.glob(f"{PREFIX}*")) == []
