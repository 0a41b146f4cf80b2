"""What `vinofleet run` does about workers that die again and again: it goes on, or gives up with a reason."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from common.exits import Exit
from tests.process.roles import Role, Shell, until
from vinofleet.run.supervisor import WORKER_DEATHS

pytestmark = [pytest.mark.faults, pytest.mark.process]


def worker_of(run: Role) -> int:
    """The process of the worker that a run has started last; 0 where there is none."""
    found = 0
    for folder in Path("/proc").iterdir():
        with suppress(OSError):  # it has ended
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdecimal() else []
            parent = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1]) if b"worker" in words else 0
            found = int(folder.name) if parent == run.pid else found
    return found


def test_workers_that_die_before_any_finishes_a_frame_end_the_run(shell: Shell) -> None:
    """After the fifth, with one line that says who died, how, and how often; the output that is none is removed."""
    output = shell.folder / "out.jsonl"
    # The model is none that a worker gets ready with: each frame takes an hour.
    model = "scripted://?service_ms=3600000"
    run = shell.run("run", "synthetic://counter?frames=50&size=64x48", "--model", model, "--json", str(output))
    for wait in ("0.2", "0.4", "0.8", "1.6", ""):
        until(lambda: worker_of(run) != 0)
        os.kill(worker_of(run), signal.SIGKILL)
        if wait:
            run.says(rf"worker 1 ended with SIGKILL: it is started again in {wait} s")
    assert run.ends() == Exit.DEVICE
    reason = "worker 1 ended with SIGKILL, 5 times in a row: run it again with --debug to see more"
    assert [line for line in run.text if "error" in line] == [f"vinofleet: error: {reason}\n"]
    assert not output.exists()


def test_a_worker_that_is_killed_again_and_again_is_started_again_at_once(shell: Shell) -> None:
    """As long as each one finishes a frame: deaths are then no reason to give up, nor to wait longer."""
    output = shell.folder / "out.jsonl"
    source = "synthetic://counter?frames=100000&size=64x48"
    run = shell.run("run", source, "--model", "scripted://?service_ms=20", "--json", str(output), "--window", "8")
    for _ in range(WORKER_DEATHS + 1):
        before = shell.written()
        until(lambda least=before + 10: shell.written() >= least)  # type: ignore[misc]
        os.kill(worker_of(run), signal.SIGKILL)
        run.says(r"worker 1 ended with SIGKILL: it is started again in 0.2 s")
    until(lambda: worker_of(run) != 0)
    run.signal(signal.SIGINT)
    assert run.ends() == Exit.INTERRUPTED
    assert f"started again: worker 1 {WORKER_DEATHS + 1} times\n" in run.text
    rows = shell.rows()
    assert [row["frame"] for row in rows] == list(range(len(rows)))
