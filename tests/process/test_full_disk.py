"""A disk that fills up under a run: it stands still until there is room, or is ended, and no row is lost or torn."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import pytest

from common.exits import Exit
from tests.process.roles import Role, Shell, assert_conserved

pytestmark = pytest.mark.process

DISK_BYTES = 2 << 20
FRAMES = 600
WAITS = "warning: .*out.jsonl: no space left on the device: the run waits until there is room"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, with a file on it that leaves room for less than half of the rows."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    (folder / "filler").write_bytes(bytes(DISK_BYTES - (400 << 10)))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def start(shell: Shell, disk: Path) -> tuple[Role, Role, Role]:
    """Start a run with more than a megabyte of rows."""
    report = shell.folder / "report.json"
    collector = shell.run(
        "collector", "--bind", shell.results, "--json", str(disk / "out.jsonl"), "--report", str(report)
    )
    source = f"synthetic://counter?frames={FRAMES}&size=64x48"
    producer = shell.producer(source, "--model", "scripted://?service_ms=1&requests=2&detections=20")
    return collector, producer, shell.worker()


@pytest.fixture
def undisturbed(shell: Shell) -> bytes:
    """The bytes of a run with room for all."""
    roles = start(shell, shell.folder)
    assert [role.ends() for role in roles] == [0, 0, 0]
    assert_conserved(shell, FRAMES)
    return shell.jsonl


def test_a_run_waits_for_room_and_goes_on(shell: Shell, disk: Path, undisturbed: bytes) -> None:
    """It says so, all roles stay, and when the disk has room the output is an undisturbed run's."""
    roles = start(shell, disk)
    roles[0].says(WAITS)
    held = (disk / "out.jsonl").read_bytes()
    assert undisturbed.startswith(held)
    assert held.endswith(b"\n")
    assert [role.process.poll() for role in roles] == [None] * 3
    (disk / "filler").unlink()
    roles[0].says("there is room again: going on")
    assert [role.ends() for role in roles] == [0, 0, 0]
    assert (disk / "out.jsonl").read_bytes() == undisturbed


def test_a_run_that_waits_for_room_can_be_ended_and_continued(shell: Shell, disk: Path, undisturbed: bytes) -> None:
    """Ctrl-C at the collector: it ends with the code for outputs and a line; started again, it completes the file."""
    collector, *others = start(shell, disk)
    collector.says(WAITS)
    collector.signal(signal.SIGINT)
    assert collector.ends() == Exit.OUTPUT
    assert "error: " in collector.text[-1]
    assert "make room" in collector.text[-1]
    held = (disk / "out.jsonl").read_bytes()
    assert undisturbed.startswith(held)
    (disk / "filler").unlink()
    again = shell.run("collector", "--bind", shell.results, "--json", str(disk / "out.jsonl"))
    assert [role.ends() for role in (again, *others)] == [0, 0, 0]
    assert (disk / "out.jsonl").read_bytes() == undisturbed


def test_a_disk_that_is_full_from_the_start_is_waited_for(shell: Shell, disk: Path) -> None:
    """The outputs are there, but there is room for nothing in them: the run begins when there is."""
    collector = shell.run("collector", "--bind", shell.results, "--json", str(disk / "out.jsonl"))
    collector.says("listening")
    with (disk / "rest").open("wb", buffering=0) as rest, suppress(OSError):
        while rest.write(bytes(4096)):
            pass
    producer = shell.producer("synthetic://counter?frames=20&size=64x48", "--model", "scripted://?service_ms=1")
    worker = shell.worker()
    collector.says(WAITS)
    (disk / "rest").unlink()
    assert [role.ends() for role in (collector, producer, worker)] == [0, 0, 0]
    assert (disk / "out.jsonl").read_bytes().count(b"\n") == 20


def test_rows_and_video_end_with_the_same_frames(shell: Shell, disk: Path) -> None:
    """Killed while it waits for room, in the middle of both, and started again: each frame is once in each."""
    outputs = ("--json", str(disk / "out.jsonl"), "--output", str(disk / "out.mp4"))
    collector = shell.run("collector", "--bind", shell.results, *outputs)
    producer = shell.producer(
        "synthetic://counter?frames=200&size=160x120", "--model", "scripted://?service_ms=1&detections=20"
    )
    worker = shell.worker()
    collector.says("no space left on the device: the run waits until there is room")
    collector.kill()
    (disk / "filler").unlink()
    again = shell.run("collector", "--bind", shell.results, *outputs)
    assert [role.ends() for role in (again, producer, worker)] == [0, 0, 0]
    assert (disk / "out.jsonl").read_bytes().count(b"\n") == 200
    with av.open(str(disk / "out.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 200
