"""`vinofleet run`: a fleet as one command that ends as one, whatever is done to it."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.exits import Exit
from tests.process.family import Family
from tests.process.roles import Role, Shell, assert_conserved, free_address, until

pytestmark = [pytest.mark.process, pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")]

SLOW = "scripted://?service_ms=20"
"""Two frames in 20 ms: a run of some seconds, in which something can be done to it."""
SHARED = Path("/dev/shm")  # noqa: S108 - it is looked at only
FEW = ("--window", "8")
"""Frames under way, so that a busy machine has them finished before the time for that is over."""
GONE_S = 10.0
"""How long to wait for the end of everything: far more than is promised, far less than any time-out."""


class Fleet:
    """What `vinofleet run` starts: every process of it has a mark in its environment."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.family = Family()
        self.temporary = shell.folder / "temporary"
        self.temporary.mkdir()
        self._shared = set(SHARED.iterdir())

    def run(self, *arguments: str, source: str = "synthetic://counter?frames=200", model: str = "scripted://") -> Role:
        """Start it, with out.jsonl and report.json as outputs."""
        folder = self.shell.folder
        outputs = ("--json", str(folder / "out.jsonl"), "--report", str(folder / "report.json"))
        marked = {**self.family.environment, "TMPDIR": str(self.temporary)}
        return self.shell.run("run", source, "--model", model, *outputs, *arguments, environment=marked)

    def processes(self, role: str = "") -> list[int]:
        """All that are there, or those of a role."""
        return self.family.processes(role)

    def process(self, role: str) -> int:
        """The one of this role, when it is there."""
        return self.family.process(role)

    def private_name(self) -> str:
        """What its private addresses begin with."""
        commands = "".join(" ".join(words) for _, words in self.family.commands())
        found = re.search(r"@vinofleet-[0-9a-f]+", commands)
        assert found is not None, commands
        return found.group()

    def assert_gone(self) -> None:
        """No process is left, no shared memory, no socket, no temporary file."""
        until(lambda: not self.processes(), GONE_S)
        assert not set(SHARED.iterdir()) - self._shared
        assert not list(self.temporary.iterdir())


@pytest.fixture
def fleet(shell: Shell) -> Iterator[Fleet]:
    """A fleet of which nothing is left."""
    made = Fleet(shell)
    yield made
    for pid in made.processes():
        os.kill(pid, signal.SIGKILL)


def test_a_fleet_is_one_command(fleet: Fleet) -> None:
    """Every frame once and in order, a report, and the conservation equation as the last line."""
    ran = fleet.run("--workers", "2")
    assert ran.ends() == Exit.OK, ran
    assert_conserved(fleet.shell, 200)
    assert ran.text[-1] == "captured 200 = ok 200 + failed 0 + dropped 0\n"
    assert not any("Traceback" in line for line in ran.text)
    assert all(re.match(r"vinofleet (run|producer|collector|worker [12]): ", line) for line in said(ran)), ran
    fleet.assert_gone()


def test_tuned_for_latency_no_frame_waits_for_another(fleet: Fleet) -> None:
    """One frame at a time is under way, also where a video is encoded, and all of them arrive."""
    video = str(fleet.shell.folder / "out.mp4")
    ran = fleet.run("--goal", "latency", "--output", video, source="synthetic://counter?frames=40")
    assert ran.ends() == Exit.OK, ran
    assert_conserved(fleet.shell, 40)
    assert Path(video).stat().st_size


def said(ran: Role) -> list[str]:
    """Its lines but those of the summary."""
    return [line for line in ran.text if line.startswith("vinofleet")]


@pytest.mark.parametrize("role", ["worker", "producer", "collector"])
def test_a_role_that_is_killed_is_started_again(fleet: Fleet, role: str) -> None:
    """The run ends as if nothing had happened, and says that it did."""
    ran = fleet.run(model=SLOW)
    until(lambda: fleet.shell.written() >= 20)
    os.kill(fleet.process(role), signal.SIGKILL)
    assert ran.ends() == Exit.OK, ran
    assert_conserved(fleet.shell, 200)
    assert f"started again: {'worker 1' if role == 'worker' else role}\n" in ran.text
    fleet.assert_gone()


@pytest.mark.parametrize("processes", [2, 3])
def test_killed_while_its_roles_begin_it_leaves_nothing(fleet: Fleet, processes: int) -> None:
    """They learn of it as soon as they can, in the middle of their imports as well."""
    ran = fleet.run(model=SLOW)
    until(lambda: len(fleet.processes()) >= processes)
    ran.kill()
    fleet.assert_gone()


def test_killed_in_the_middle_it_leaves_nothing_but_a_sound_file(fleet: Fleet) -> None:
    """Every frame that was captured is accounted for, although nobody is there to see it."""
    ran = fleet.run(*FEW, model=SLOW)
    until(lambda: fleet.shell.written() >= 20)
    name, sockets = fleet.private_name(), Path("/proc/net/unix")
    assert name in sockets.read_text()
    ran.kill()
    fleet.assert_gone()
    assert name not in sockets.read_text()
    assert_conserved(
        fleet.shell, len(fleet.shell.rows()), ok=len([r for r in fleet.shell.rows() if r["status"] == "ok"])
    )


@pytest.mark.parametrize("role", ["worker", "producer", "collector"])
def test_a_halted_role_does_not_outlive_its_run(fleet: Fleet, role: str) -> None:
    """It is woken up to see that its parent is gone."""
    ran = fleet.run(model=SLOW)
    until(lambda: fleet.shell.written() >= 20)
    os.kill(fleet.process(role), signal.SIGSTOP)
    ran.kill()
    fleet.assert_gone()


def test_a_role_that_is_halted_while_it_begins_does_not_outlive_its_run(fleet: Fleet) -> None:
    """It had no time yet to ask for being woken up."""
    ran = fleet.run(model=SLOW)
    os.kill(fleet.process("worker"), signal.SIGSTOP)
    ran.kill()
    fleet.assert_gone()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_it_ends_in_order(fleet: Fleet, number: signal.Signals) -> None:
    """What is under way is finished, every captured frame is in the file, and it says that it was interrupted."""
    ran = fleet.run(*FEW, model=SLOW)
    until(lambda: fleet.shell.written() >= 20)
    ran.signal(number)
    assert ran.ends(GONE_S) == Exit.INTERRUPTED, ran
    rows = fleet.shell.rows()
    assert len(rows) < 200
    assert_conserved(fleet.shell, len(rows), ok=len([row for row in rows if row["status"] == "ok"]))
    fleet.assert_gone()


def test_asked_to_end_while_its_roles_begin_it_leaves_no_output(fleet: Fleet) -> None:
    """Nothing was begun, so there is nothing to account for."""
    ran = fleet.run(model=SLOW)
    until(lambda: len(fleet.processes()) >= 2)
    ran.signal(signal.SIGINT)
    assert ran.ends(GONE_S) == Exit.INTERRUPTED, ran
    fleet.assert_gone()


def test_asked_twice_it_ends_at_once(fleet: Fleet) -> None:
    """Whatever its roles are doing; nobody is left to write a report."""
    ran = fleet.run(model="scripted://?hang=10")
    until(lambda: fleet.shell.written() >= 10)
    ran.signal(signal.SIGINT)
    ran.says("stopping")
    ran.signal(signal.SIGINT)
    assert ran.ends(GONE_S) == Exit.INTERRUPTED, ran
    assert not (fleet.shell.folder / "report.json").exists()
    fleet.assert_gone()


def test_a_worker_that_hangs_holds_up_no_end(fleet: Fleet) -> None:
    """Its frames are dropped when the time is over, and it is ended."""
    ran = fleet.run(model="scripted://?hang=10")
    until(lambda: fleet.shell.written() >= 10)
    ran.signal(signal.SIGINT)
    assert ran.ends(GONE_S) == Exit.INTERRUPTED, ran
    fleet.assert_gone()


def test_a_frame_that_kills_workers_is_given_up_and_the_run_goes_on(fleet: Fleet) -> None:
    """Three workers die of it, and are replaced."""
    ran = fleet.run(model="scripted://?poison=17", source="synthetic://counter?frames=40")
    assert ran.ends() == Exit.OK, ran
    assert_conserved(fleet.shell, 40, ok=39)
    assert fleet.shell.rows()[17]["reason"] == "poison"
    fleet.assert_gone()


def test_a_source_that_is_none_is_said_before_an_output_is_touched(fleet: Fleet) -> None:
    """With the producer's own line and code."""
    ran = fleet.run(source="missing.mp4")
    assert ran.ends() == Exit.INPUT
    assert ran.text[-1].startswith("vinofleet: error: missing.mp4 cannot be opened")
    assert not (fleet.shell.folder / "out.jsonl").exists()
    fleet.assert_gone()


def test_a_device_that_is_missing_ends_the_run_and_leaves_no_output(fleet: Fleet, reference_model: Path) -> None:
    """With the worker's own line and code; no restart brings a device."""
    ran = fleet.run("--device", "NPU", model=str(reference_model))
    assert ran.ends() == Exit.DEVICE, ran
    assert ran.text[-1].startswith("vinofleet: error: ")
    assert "NPU" in ran.text[-1]
    assert not any("started again" in line or "warning" in line for line in ran.text), ran
    assert not list(fleet.shell.folder.glob("out*"))
    fleet.assert_gone()


def test_an_output_that_is_there_is_not_replaced(fleet: Fleet) -> None:
    """With the collector's own line and code; --force replaces it."""
    assert fleet.run().ends() == Exit.OK
    before = fleet.shell.jsonl
    refused = fleet.run()
    assert refused.ends() == Exit.OUTPUT
    assert "--force" in refused.text[-1]
    assert fleet.shell.jsonl == before
    forced = fleet.run("--force", source="synthetic://counter?frames=10")
    assert forced.ends() == Exit.OK, forced
    assert_conserved(fleet.shell, 10)
    fleet.assert_gone()


def test_several_sources_need_an_output_each(fleet: Fleet) -> None:
    """Said before anything is started; `{stream}` in the name makes one each."""
    two = ("synthetic://counter?frames=9&size=64x48", "--stream", "one", "--stream", "two")
    refused = fleet.run(*two, "--output", "boxes.mp4")
    assert refused.ends() == Exit.USAGE
    assert "".join(refused.text) == (
        "vinofleet: error: boxes.mp4 holds one stream, there are several sources: add {stream} to its name\n"
    )
    ran = fleet.run(*two, "--output", str(fleet.shell.folder / "boxes-{stream}.mp4"))
    assert ran.ends() == Exit.OK, ran
    assert sorted(path.name for path in fleet.shell.folder.glob("*.mp4")) == ["boxes-one.mp4", "boxes-two.mp4"]
    fleet.assert_gone()


def test_the_report_names_the_command_that_was_typed(fleet: Fleet) -> None:
    """Not the collector's, which nobody has seen."""
    assert fleet.run("--workers", "1").ends() == Exit.OK
    command = fleet.shell.report()["command"]
    assert command[1] == "run"
    assert command[-2:] == ["--workers", "1"]


def test_a_worker_from_elsewhere_joins(fleet: Fleet) -> None:
    """With --bind there is an address for it."""
    address = free_address()
    ran = fleet.run("--bind", address, model=SLOW)
    other = fleet.shell.run("worker", "--connect", address, "--name", "guest")
    assert ran.ends() == Exit.OK, ran
    assert other.ends() == Exit.OK, other
    assert_conserved(fleet.shell, 200)
    assert {worker["name"] for worker in fleet.shell.report()["workers"]} == {"worker-1", "guest"}


def test_a_file_says_what_the_command_line_does_not(fleet: Fleet) -> None:
    """Sources and options come from it, and the command line wins."""
    folder = fleet.shell.folder
    (folder / "fleet.toml").write_text(
        f'model = "nowhere.xml"\njson = {json.dumps(str(folder / "out.jsonl"))}\n'
        '[[source]]\nuri = "synthetic://counter?frames=30"\nname = "door"\n'
    )
    ran = fleet.shell.run("run", "--config", str(folder / "fleet.toml"), "--model", "scripted://")
    assert ran.ends() == Exit.OK, ran
    assert [row["stream"] for row in fleet.shell.rows()] == ["door"] * 30
