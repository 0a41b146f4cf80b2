"""What is seen of a fetch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.zoo.steps import Began, Fetched, Reached, Step, Trouble
from vinofleet.models.progress import fetch_shown

ROOT = Path(__file__).resolve().parents[4]
STEPS: list[Step] = [Began("m/FP16", 1000, "http://h/"), Reached(500), Trouble("m.bin", "no answer"), Reached(1000)]


def test_a_log_has_lines(capfd: pytest.CaptureFixture[str]) -> None:
    """One for each step that is worth it."""
    with fetch_shown("models") as tell:
        for step in [*STEPS, Fetched("m/FP16", 1000)]:
            tell(step)
    assert capfd.readouterr().err.splitlines() == [
        "vinofleet models: fetching m/FP16, 0.0 MB, from http://h/",
        "vinofleet models: m.bin: no answer; trying again",
        "vinofleet models: m/FP16 is here, 0.0 MB",
    ]


def test_a_terminal_has_a_bar() -> None:
    """It moves; what goes wrong is a line above it."""
    program = (
        "from vinofleet.models.progress import fetch_shown\n"
        "from tests.unit.vinofleet.models.test_progress import STEPS\n"
        "with fetch_shown('models') as tell:\n    for step in STEPS: tell(step)\n"
    )
    leader, follower = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    child = subprocess.Popen([sys.executable, "-c", program], stderr=follower, cwd=ROOT, env=environment)
    os.close(follower)
    shown = bytearray()
    while data := _read(leader):
        shown += data
    os.close(leader)
    assert child.wait(60) == 0
    assert b"m/FP16" in shown
    assert b"1.0/1.0 kB" in shown
    assert b"vinofleet models: m.bin: no answer; trying again" in shown


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux's word for the end of a terminal
        return b""
