"""A table and COCO results of a run whose collector is killed are those of a run that nobody disturbed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.process.family import Family
from tests.process.roles import Shell, until

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES = 300
OUTPUTS = ("rows.csv", "objects.coco.json")


def run(shell: Shell, folder: Path, kills: int) -> list[bytes]:
    """The outputs of a run whose collector is killed so many times."""
    folder.mkdir()
    family = Family()
    role = shell.run(
        "run",
        f"synthetic://counter?frames={FRAMES}&size=64x48",
        "--model=scripted://?service_ms=6&detections=3",
        *(f"--output={folder / name}" for name in OUTPUTS),
        environment=family.environment,
    )
    table = folder / OUTPUTS[0]
    for kill in range(kills):
        rows = (kill + 1) * FRAMES // (kills + 1)
        until(lambda: table.exists() and table.read_bytes().count(b"\n") > 3 * rows)  # noqa: B023 - it is called at once
        os.kill(family.process("collector"), signal.SIGKILL)
    assert role.ends() == 0, role
    return [(folder / name).read_bytes() for name in OUTPUTS]


def test_a_collector_that_is_killed_leaves_no_trace_in_tables(shell: Shell) -> None:
    """To the byte, with the end of both."""
    calm = run(shell, shell.folder / "calm", kills=0)
    assert calm[1].endswith(b"]\n")
    assert run(shell, shell.folder / "killed", kills=3) == calm
