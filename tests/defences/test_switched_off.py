"""Each test that docs/security.md names fails when its defence is off: it would notice if somebody took it away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.defences.switches import SWITCHES, VARIABLE

pytestmark = pytest.mark.defences

ROOT: Final = Path(__file__).parents[2]


def ran(node: str, off: str) -> subprocess.CompletedProcess[str]:
    """The test in a process of its own, until it first fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "", "-p", "no:cacheprovider", "-p", "no:randomly"]
    return subprocess.run(
        [*command, "-p", "tests.defences.switches", node],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: off},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("node", SWITCHES)
def test_without_the_defence_the_test_fails(node: str) -> None:
    """In the test itself, not for want of something that it imports."""
    done = ran(node, node)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert " failed" in done.stdout.splitlines()[-1], done.stdout
    assert "error" not in done.stdout.splitlines()[-1], done.stdout


def test_with_all_defences_all_of_them_pass() -> None:
    """So that they failed for the want of a defence."""
    nodes = list(SWITCHES)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "", "-p", "tests.defences.switches", *nodes],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: "none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
