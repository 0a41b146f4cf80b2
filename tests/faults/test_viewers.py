"""Those who watch a run, lost in the middle of it: one warning, and every row."""

from __future__ import annotations

import os
import signal

import pytest

from tests.process.family import Family
from tests.process.roles import Role, Shell, assert_conserved
from tests.process.screens import Screen

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES = 1500
"""More than can be gone through while a window or a page is looked for, lost, and missed: 7 s."""


def started(shell: Shell, *options: str, environment: dict[str, str]) -> Role:
    """A run that writes rows and a report."""
    files = ("--json", str(shell.folder / "out.jsonl"), "--report", str(shell.folder / "report.json"))
    source = f"synthetic://counter?frames={FRAMES}&size=320x240"
    return shell.run("run", source, "--model=scripted://?service_ms=10", *files, *options, environment=environment)


def test_a_screen_goes_away(shell: Shell, screen: Screen) -> None:
    """The run goes on to its end."""
    run = started(shell, "--show", environment=screen.environment)
    screen.window("vinofleet: counter, .* FPS")
    screen.end()
    run.says(r"warning: the window \(--show\) is gone \(.*\): the run goes on without")
    assert run.ends() == 0, run
    assert_conserved(shell, FRAMES)


def test_a_page_is_killed(shell: Shell) -> None:
    """The same, said once."""
    family = Family()
    run = started(shell, "--serve", "0", environment=family.environment)
    run.says("pictures are at")
    server = next(pid for pid, words in family.commands() if "collector.web" in words)
    os.kill(server, signal.SIGKILL)
    run.says(r"warning: the page \(--serve\) is gone \(its process ended with SIGKILL\): the run goes on without")
    assert run.ends() == 0, run
    assert_conserved(shell, FRAMES)
    assert sum("is gone" in line for line in run.text) == 1
