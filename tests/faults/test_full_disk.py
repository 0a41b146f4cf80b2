"""A disk that fills up under a run: it stands still until there is room, or is ended, and no row is lost or torn."""

from __future__ import annotations

import signal
from pathlib import Path

import av
import pytest

from common.exits import Exit
from tests.process.disks import Disk
from tests.process.roles import Role, Shell, assert_conserved, until

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES = 600
WAITS = "warning: .*out.jsonl: no space left on the device: the run waits until there is room"


def start(shell: Shell, folder: Path) -> tuple[Role, Role, Role]:
    """Start a run with more than a megabyte of rows."""
    report = shell.folder / "report.json"
    collector = shell.run(
        "collector", "--bind", shell.results, "--json", str(folder / "out.jsonl"), "--report", str(report)
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


def test_a_run_waits_for_room_and_goes_on(shell: Shell, small_disk: Disk, undisturbed: bytes) -> None:
    """It says so, all roles stay, and when the disk has room the output is an undisturbed run's."""
    roles = start(shell, small_disk.folder)
    roles[0].says(WAITS)
    held = (small_disk.folder / "out.jsonl").read_bytes()
    assert undisturbed.startswith(held)
    assert held.endswith(b"\n")
    assert [role.process.poll() for role in roles] == [None] * 3
    until(lambda: shell.run("status", shell.results).ends() == Exit.NOT_READY)
    assert "it waits for room on a disk" in shell.roles[-1].text[-1]
    small_disk.empty()
    roles[0].says("there is room again: going on")
    assert [role.ends() for role in roles] == [0, 0, 0]
    assert (small_disk.folder / "out.jsonl").read_bytes() == undisturbed


def test_a_run_that_waits_for_room_can_be_ended_and_continued(
    shell: Shell, small_disk: Disk, undisturbed: bytes
) -> None:
    """Ctrl-C at the collector: it ends with the code for outputs and a line; started again, it completes the file."""
    collector, *others = start(shell, small_disk.folder)
    collector.says(WAITS)
    collector.signal(signal.SIGINT)
    assert collector.ends() == Exit.OUTPUT
    assert "error: " in collector.text[-1]
    assert "make room" in collector.text[-1]
    held = (small_disk.folder / "out.jsonl").read_bytes()
    assert undisturbed.startswith(held)
    small_disk.empty()
    again = shell.run("collector", "--bind", shell.results, "--json", str(small_disk.folder / "out.jsonl"))
    assert [role.ends() for role in (again, *others)] == [0, 0, 0]
    assert (small_disk.folder / "out.jsonl").read_bytes() == undisturbed


def test_a_disk_that_is_full_from_the_start_is_waited_for(shell: Shell, small_disk: Disk) -> None:
    """The outputs are there, but there is room for nothing in them: the run begins when there is."""
    collector = shell.run("collector", "--bind", shell.results, "--json", str(small_disk.folder / "out.jsonl"))
    collector.says("listening")
    small_disk.fill()
    producer = shell.producer("synthetic://counter?frames=20&size=64x48", "--model", "scripted://?service_ms=1")
    worker = shell.worker()
    collector.says(WAITS)
    small_disk.empty()
    assert [role.ends() for role in (collector, producer, worker)] == [0, 0, 0]
    assert (small_disk.folder / "out.jsonl").read_bytes().count(b"\n") == 20


def test_rows_and_video_end_with_the_same_frames(shell: Shell, small_disk: Disk) -> None:
    """Killed while it waits for room, in the middle of both, and started again: each frame is once in each."""
    outputs = ("--json", str(small_disk.folder / "out.jsonl"), "--output", str(small_disk.folder / "out.mp4"))
    collector = shell.run("collector", "--bind", shell.results, *outputs)
    producer = shell.producer(
        "synthetic://counter?frames=200&size=160x120", "--model", "scripted://?service_ms=1&detections=20"
    )
    worker = shell.worker()
    collector.says("no space left on the device: the run waits until there is room")
    collector.kill()
    small_disk.empty()
    again = shell.run("collector", "--bind", shell.results, *outputs)
    assert [role.ends() for role in (again, producer, worker)] == [0, 0, 0]
    assert (small_disk.folder / "out.jsonl").read_bytes().count(b"\n") == 200
    with av.open(str(small_disk.folder / "out.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 200
