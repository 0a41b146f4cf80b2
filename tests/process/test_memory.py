"""The memory of each process is flat: what a run needs does not grow with its length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.roles import Role, Shell, assert_conserved, until

pytestmark = [pytest.mark.process, pytest.mark.slow]

FRAMES = 20_000
GROWTH = 1.05


def resident_bytes(role: Role) -> int:
    """What a process has in memory, its share of the segment included."""
    fields = Path(f"/proc/{role.pid}/statm").read_text().split()
    return int(fields[1]) * 4096


def test_memory_is_flat_from_frame_200_to_20000(shell: Shell) -> None:
    """No process grows by more than 5 % over the run."""
    shell.collector()
    shell.producer(f"synthetic://counter?frames={FRAMES}&size=64x48", "--model", "scripted://?service_ms=1&requests=2")
    for number in range(4):
        shell.worker(f"w{number}").says("ready")
    until(lambda: shell.written() >= 200)
    early = [resident_bytes(role) for role in shell.roles]
    until(lambda: shell.written() >= FRAMES - 300)
    late = [resident_bytes(role) for role in shell.roles]
    assert [role.ends() for role in shell.roles] == [0] * 6
    assert_conserved(shell, FRAMES)
    grown = {role.name: after / before for role, before, after in zip(shell.roles, early, late, strict=True)}
    assert all(ratio <= GROWTH for ratio in grown.values()), grown
