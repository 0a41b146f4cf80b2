"""Engines fail, hang and go; frames kill, hang and are refused. No frame is blamed for another, none for the engine."""

from __future__ import annotations

import pytest

from tests.process.roles import Shell, assert_conserved, assert_end_well

pytestmark = [pytest.mark.faults, pytest.mark.process]


def _failed(shell: Shell) -> list[tuple[int, str]]:
    """Frames that failed, with why."""
    return [(row["frame"], row["reason"]) for row in shell.rows() if row["status"] == "failed"]


def test_a_lost_device_fails_no_frame_and_comes_back(shell: Shell) -> None:
    """A process has it for 100 frames; then it starts itself again, and goes on under its name."""
    collector, producer = shell.collector(), shell.producer(
        "synthetic://counter?frames=150&size=64x48", "--model", "scripted://?service_ms=2&requests=3&lost=100"
    )  # fmt: skip
    worker = shell.worker("w0")
    worker.says("the device was lost: the scripted device is gone")
    worker.says("this worker lost its device: it starts itself again in 0.5 s")
    assert_end_well(producer, collector, worker)
    assert_conserved(shell, 150)
    report = shell.report()
    assert [(each["name"], each["frames"]) for each in report["workers"]] == [("w0", 150)]


def test_a_frame_that_hangs_is_failed_and_workers_start_themselves_again(shell: Shell) -> None:
    """The device hangs in a thread that nothing can end but the end of the process."""
    collector, producer = shell.collector(), shell.producer(
        "synthetic://counter?frames=60&size=64x48", "--model", "scripted://?service_ms=2&requests=2&hang=20"
    )  # fmt: skip
    workers = [shell.worker(f"w{number}", "--request-timeout", "0.3") for number in range(2)]
    for worker in workers:
        worker.says("this worker hangs: it starts itself again")
    assert_end_well(producer, collector)  # a worker that comes back when all is done waits for the next producer
    assert_conserved(shell, 60, ok=59)
    assert _failed(shell) == [(20, "error")]


def test_frames_that_an_engine_refuses_are_failed_and_cost_nobody_else(shell: Shell) -> None:
    """It is tried after each failure, and works; nobody leaves."""
    collector, producer = shell.collector(), shell.producer(
        "synthetic://counter?frames=200&size=64x48", "--model", "scripted://?service_ms=2&requests=4&error=50,51,52,120"
    )  # fmt: skip
    workers = [shell.worker(f"w{number}") for number in range(2)]
    assert_end_well(producer, collector, *workers)
    assert_conserved(shell, 200, ok=196)
    assert _failed(shell) == [(seq, "error") for seq in (50, 51, 52, 120)]


def test_a_device_that_never_worked_is_not_waited_for(shell: Shell) -> None:
    """A worker that never finished one does not start itself again: it says why, and leaves with the code of it."""
    collector, producer = shell.collector(), shell.producer(
        "synthetic://counter?frames=60&size=64x48", "--model", "scripted://?service_ms=2&lost=1"
    )  # fmt: skip
    worker = shell.worker("w0")
    worker.says("the device was lost")
    assert worker.ends() == 6
    producer.kill()
    collector.kill()


def test_a_worker_crashes_on_chosen_frames(shell: Shell) -> None:
    """The rehearsal works with any engine: the frames are failed as poison when three have died over each alone."""
    collector, producer = shell.collector(), shell.producer(
        "synthetic://counter?frames=60&size=64x48", "--model", "scripted://?service_ms=2&requests=2"
    )  # fmt: skip
    codes = [shell.worker("w0", "--crash-on", "20").ends()]
    while codes[-1] != 0:
        codes.append(shell.worker(f"w{len(codes)}", "--crash-on", "20").ends())
        assert len(codes) < 8
    assert_end_well(producer, collector)
    assert_conserved(shell, 60, ok=59)
    assert _failed(shell) == [(20, "poison")]
