"""The collector is halted or interrupted, or there are two where there may be one."""

from __future__ import annotations

import signal
from typing import Final

import pytest

from common.exits import Exit
from tests.process.roles import Shell, assert_conserved, assert_end_well, free_address

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES: Final = 250
SOURCE: Final = (f"synthetic://counter?frames={FRAMES}&size=64x48", "--model", "scripted://")


def test_the_collector_is_halted(shell: Shell) -> None:
    """Producer and workers wait for it, and go on when it does."""
    collector, producer, workers = shell.fleet(FRAMES)
    shell.reaches(50)
    collector.signal(signal.SIGSTOP)
    producer.says("warning: the collector is gone; waiting for it to come back")
    collector.signal(signal.SIGCONT)
    assert_end_well(producer, collector, *workers)
    assert_conserved(shell, FRAMES)


def test_ctrl_c_at_the_collector(shell: Shell) -> None:
    """The others wait; started again it completes the file."""
    collector, producer, workers = shell.fleet(FRAMES)
    shell.reaches(50)
    collector.signal(signal.SIGINT)
    assert collector.ends() == Exit.INTERRUPTED
    assert 50 <= shell.written() < FRAMES
    assert_end_well(shell.collector(), producer, *workers)
    assert_conserved(shell, FRAMES)


def test_two_collectors_on_one_output(shell: Shell) -> None:
    """The second one is refused; the first one is not disturbed."""
    shell.collector().says("listening")
    second = shell.run("collector", "--bind", free_address(), "--json", str(shell.folder / "out.jsonl"))
    assert second.ends() == Exit.OUTPUT
    assert "out.jsonl.journal is held by another collector" in second.text[-1], second
    assert_end_well(shell.roles[0], shell.producer(*SOURCE), shell.worker())
    assert_conserved(shell, FRAMES)


def test_two_collectors_on_one_address(shell: Shell) -> None:
    """The second one is refused, and leaves no output; the first one is not disturbed."""
    shell.collector().says("listening")
    second = shell.run("collector", "--bind", shell.results, "--json", str(shell.folder / "second.jsonl"))
    assert second.ends() == Exit.NETWORK
    assert f"cannot bind {shell.results}: it is in use" in second.text[-1]
    assert not (shell.folder / "second.jsonl").exists()
    assert_end_well(shell.roles[0], shell.producer(*SOURCE), shell.worker())
    assert_conserved(shell, FRAMES)


def test_sigkill_of_the_collector_leaves_no_trace_in_the_file(shell: Shell) -> None:
    """A collector started again goes on where the file ends: the bytes are those of an undisturbed run."""
    shell.fleet(400, script="service_ms=5&detections=2")
    assert_end_well(*shell.roles)
    undisturbed = shell.jsonl
    again = Shell(shell.folder / "again")
    again.folder.mkdir()
    try:
        collector, producer, workers = again.fleet(400, script="service_ms=5&detections=2")
        again.reaches(150)
        collector.kill()
        assert 150 <= again.written() < 400
        assert_end_well(again.collector(), producer, *workers)
        assert again.jsonl == undisturbed
        assert_conserved(again, 400)
    finally:
        again.close()
