"""A disk that is full where a run begins, where it ends, and under each kind of output: it is waited for."""

from __future__ import annotations

import signal

import av
import pytest

from common.exits import Exit
from tests.process.disks import Disk
from tests.process.family import Family
from tests.process.roles import Shell, assert_conserved, until

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES = 60
SOURCE = f"synthetic://counter?frames={FRAMES}&size=160x120"
WAITS = "no space left on the device: the run waits until there is room"


def test_a_disk_that_is_full_before_there_is_a_journal_is_waited_for(shell: Shell, small_disk: Disk) -> None:
    """`run` says so, and begins when there is room."""
    small_disk.fill()
    rows, report = small_disk.folder / "out.jsonl", shell.folder / "report.json"
    ran = shell.run("run", SOURCE, "--model", "scripted://", "--json", str(rows), "--report", str(report))
    ran.says(WAITS)
    small_disk.empty()
    ran.says("there is room again: going on")
    assert ran.ends() == Exit.OK, ran
    assert rows.read_bytes().count(b"\n") == FRAMES


def test_an_interrupt_ends_the_wait_for_a_journal(shell: Shell, small_disk: Disk) -> None:
    """With the code for outputs, what to do, and nothing left behind."""
    small_disk.fill()
    collector = shell.run("collector", "--bind", shell.results, "--json", str(small_disk.folder / "out.jsonl"))
    collector.says(WAITS)
    collector.signal(signal.SIGINT)
    assert collector.ends() == Exit.OUTPUT, collector
    assert "make room and start the collector again" in collector.text[-1]
    assert not list(small_disk.folder.glob("out*"))


def test_a_report_waits_for_room_and_a_collector_that_is_killed_meanwhile_is_replaced(
    shell: Shell, small_disk: Disk
) -> None:
    """All rows are written, nobody else is there: the next collector, with the same command, writes the report."""
    small_disk.fill()
    report = small_disk.folder / "report.json"
    command = ("--bind", shell.results, "--json", str(shell.folder / "out.jsonl"), "--report", str(report))
    collector = shell.run("collector", *command)
    producer, worker = shell.producer(SOURCE, "--model", "scripted://"), shell.worker()
    collector.says(WAITS)
    assert (producer.ends(), worker.ends()) == (0, 0)
    collector.kill()
    again = shell.run("collector", *command)
    again.says(WAITS)
    small_disk.empty()
    assert again.ends() == Exit.OK, again
    assert again.text[-1] != ""
    shell.report_file.write_bytes(report.read_bytes())
    assert_conserved(shell, FRAMES)


def test_a_collector_of_run_that_is_killed_while_its_disk_is_full_waits_again(shell: Shell, small_disk: Disk) -> None:
    """It is started again, finds the disk still full, and the run goes on when there is room."""
    family = Family()
    source = "synthetic://counter?frames=600&size=64x48"
    rows, report = small_disk.folder / "out.jsonl", shell.folder / "report.json"
    ran = shell.run(
        "run", source, "--model", "scripted://?detections=20", "--json", str(rows), "--report", str(report),
        environment=family.environment,
    )  # fmt: skip
    ran.says(WAITS)
    small_disk.fill()
    until(lambda: family.kill("collector") > 0)
    ran.says(WAITS)
    small_disk.empty()
    assert ran.ends() == Exit.OK, ran
    assert rows.read_bytes().count(b"\n") == 600


@pytest.mark.parametrize("output", ["out.mp4", "pictures/"])
def test_pictures_wait_for_room(shell: Shell, small_disk: Disk, output: str) -> None:
    """Also where there are no rows: the journal says which frames there are."""
    small_disk.leave(40 << 10)
    source = "synthetic://counter?frames=150&size=320x240"
    path = small_disk.folder / output
    target = f"{path}/" if output.endswith("/") else str(path)
    report = shell.folder / "report.json"
    ran = shell.run("run", source, "--model", "scripted://", "--output", target, "--report", str(report))
    ran.says(WAITS)
    small_disk.empty()
    assert ran.ends() == Exit.OK, ran
    if output.endswith("/"):
        assert len(list(path.glob("*.jpg"))) == 150
    else:
        with av.open(str(path)) as video:
            assert sum(1 for _ in video.decode(video=0)) == 150
