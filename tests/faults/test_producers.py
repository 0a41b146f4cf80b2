"""The producer is halted, or what it reads goes away under it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Final

import pytest

from common.exits import Exit
from tests.process.media import clip, model
from tests.process.roles import Role, Shell, assert_conserved, assert_end_well

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES: Final = 250
READ_AHEAD_BYTES: Final = 1 << 20
"""More than is read of a file before it is wanted."""


def test_the_producer_is_halted(shell: Shell) -> None:
    """Its stream stays open for it; it goes on where it was, and no frame is computed for nobody."""
    collector, producer, workers = shell.fleet(FRAMES)
    shell.reaches(50)
    producer.signal(signal.SIGSTOP)
    collector.says("producer .* is gone: waiting for 60 s for counter")
    producer.signal(signal.SIGCONT)
    assert_end_well(producer, collector, *workers)
    assert_conserved(shell, FRAMES)


def start(shell: Shell) -> tuple[Path, Role, Role]:
    """Start a run of a file that is open, and of which all but the first frames are still to be read."""
    path = clip(shell.folder / "clip.avi", frames=200, size=(160, 120))
    assert path.stat().st_size > READ_AHEAD_BYTES
    collector = shell.collector()
    producer = shell.producer(str(path), "--model", str(model(shell.folder)), "--window", "4")
    producer.says("waiting for a worker")
    return path, collector, producer


def test_a_source_is_removed_while_it_is_read(shell: Shell) -> None:
    """Its bytes are there until the last reader has closed it."""
    path, collector, producer = start(shell)
    path.unlink()
    worker = shell.worker("w1", "--cache-dir", str(shell.folder / "cache"))
    assert_end_well(producer, collector, worker)
    assert_conserved(shell, 200)


def test_a_source_is_cut_short_while_it_is_read(shell: Shell) -> None:
    """The stream is incomplete, both ends say so, and what was decoded is kept."""
    path, collector, producer = start(shell)
    os.truncate(path, path.stat().st_size * 3 // 4)
    worker = shell.worker("w1", "--cache-dir", str(shell.folder / "cache"))
    assert (producer.ends(), collector.ends(), worker.ends()) == (Exit.INCOMPLETE, Exit.INCOMPLETE, 0)
    rows = shell.rows()
    assert 0 < len(rows) < 200
    assert_conserved(shell, len(rows))
    assert "stream clip is incomplete: " in "".join(producer.text)


def test_ctrl_c_at_the_producer_accounts_for_every_frame(shell: Shell) -> None:
    """What was captured and could not be finished is dropped(interrupted); the equation holds."""
    collector, producer, [worker] = shell.fleet(100_000, "w0", script="service_ms=400&requests=1")
    shell.reaches(3)
    producer.signal(signal.SIGINT)
    assert producer.ends() == 130
    assert collector.ends() in {3, 130}
    assert worker.ends() == 0
    frames = shell.report()["frames"]
    assert frames["dropped"] > 0
    assert frames["captured"] == frames["ok"] + frames["failed"] + frames["dropped"] == len(shell.rows())
    assert {row.get("reason") for row in shell.rows() if row["status"] == "dropped"} == {"interrupted"}
