"""`vinofleet chaos` on real fleets: what it does to them, that it undoes it, and that its verdict is true."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.exits import Exit
from tests.process.disks import Disk
from tests.process.machines import CABLE, Machine
from tests.process.roles import Role, Shell, until
from vinofleet.chaos.processes import Victim, has_gone, roles_under, victim

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES = 300
SOURCE = f"synthetic://counter?frames={FRAMES}&size=64x48"


def model(service_ms: int) -> str:
    """A scripted engine; its speed changes no row."""
    return f"scripted://?service_ms={service_ms}&requests=2&detections=5"


def words(folder: Path, service_ms: int, workers: int) -> list[str]:
    """A run that leaves everything that can be checked."""
    outputs = ["--json", str(folder / "out.jsonl"), "--output", str(folder / "out.mp4")]
    report = ["--report", str(folder / "report.json")]
    return ["run", SOURCE, "--model", model(service_ms), "--workers", str(workers), *outputs, *report]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Rows of an undisturbed run."""
    user = Shell(tmp_path_factory.mktemp("undisturbed"))
    path = str(user.folder / "undisturbed.jsonl")
    try:
        assert user.run("run", SOURCE, "--model", model(1), "--json", path).ends() == Exit.OK
        yield path
    finally:
        user.close()


def verdicts(chaos: Role) -> dict[str, str]:
    """The lines of the table, by their names."""
    lines = [line.strip().partition("  ") for line in chaos.text if "  " in line.strip()]
    return {name: text.strip() for name, _, text in lines}


def acts(log: Path) -> Counter[tuple[str, str]]:
    """What was done, and how often."""
    records = [json.loads(line) for line in log.read_text().splitlines()]
    return Counter((record["what"], record["fault"]) for record in records if record["what"] != "check")


def hand_made(shell: Shell, service_ms: int) -> tuple[Role, Role, Role]:
    """A fleet of three terminals, at work."""
    collector = shell.collector()
    producer = shell.producer(SOURCE, "--model", model(service_ms))
    worker = shell.worker()
    until(lambda: shell.written() > 0)
    return collector, producer, worker


def test_kills_and_freezes_by_schedule_change_no_byte(shell: Shell, reference: str) -> None:
    """Rows, report and video are judged, and the rows are an undisturbed run's.

    There are three kills in that schedule: however slow the machine is, `run` has no reason to give up.
    """
    log = shell.folder / "chaos.jsonl"
    chaos = shell.run(
        "chaos", "--seed", "5", "--faults", "kill,freeze", "--every", "400ms", "--last", "400ms", "--for", "2s",
        "--reference", reference, "--log", str(log), "--", *words(shell.folder, 40, 3),
    )  # fmt: skip
    assert chaos.ends() == Exit.OK, chaos
    table = verdicts(chaos)
    assert table["reference"] == f"passed: {FRAMES} rows are byte-identical"
    assert table["frames"].startswith(f"ok {FRAMES} + failed 0 + dropped 0 = {FRAMES}; sent again ")
    assert all(
        table[name].startswith("passed: ") for name in ("exit code", "rows", "report", "video out.mp4", "undone")
    )
    done = acts(log)
    assert done["begin", "kill"] > 0
    assert done["begin", "freeze"] == done["end", "freeze"] > 0


def test_a_disk_that_is_filled_again_and_again_loses_nothing(shell: Shell, small_disk: Disk, reference: str) -> None:
    """The run waits each time; afterwards the disk has its room back."""
    small_disk.empty()
    chaos = shell.run(
        "chaos", "--seed", "1", "--faults", "fill", "--fill", str(small_disk.folder), "--every", "300ms", "--last",
        "300ms", "--for", "1s", "--reference", reference, "--", *words(small_disk.folder, 10, 1),
    )  # fmt: skip
    chaos.says("no space left on the device: the run waits until there is room")
    assert chaos.ends() == Exit.OK, chaos
    assert verdicts(chaos)["reference"].startswith("passed")
    assert sorted(path.name for path in small_disk.folder.iterdir()) == [
        "out.jsonl", "out.jsonl.journal", "out.mp4", "report.json",
    ]  # fmt: skip


def test_a_verdict_can_fail(shell: Shell) -> None:
    """With a code of its own, and the line that says why."""
    chaos = shell.run("chaos", "--every", "1h", "--max-stall", "1ms", "--", *words(shell.folder, 10, 1))
    assert chaos.ends() == Exit.CHECK_FAILED
    assert verdicts(chaos)["stall"].startswith("FAILED: ")


def test_a_fleet_that_fails_at_once_has_its_own_code(shell: Shell) -> None:
    """And its own line; there is nothing to judge."""
    chaos = shell.run("chaos", "--", "run", "no.mp4", "--model", model(1), "--json", str(shell.folder / "o.jsonl"))
    assert chaos.ends() == Exit.INPUT
    assert "no.mp4" in "".join(chaos.text)
    assert not verdicts(chaos)


def test_a_running_fleet_is_attached_to_by_its_number(shell: Shell) -> None:
    """Its outputs are known by its command line; its own terminal sees it through."""
    run = shell.run(*words(shell.folder, 50, 2))
    until(lambda: shell.written() > 0)
    chaos = shell.run("chaos", "--attach", str(run.pid), "--roles", "worker,producer", "--faults", "freeze", "--every",
                      "200ms", "--last", "300ms")  # fmt: skip
    assert (run.ends(), chaos.ends()) == (Exit.OK, Exit.OK), chaos
    table = verdicts(chaos)
    assert table["rows"] == f"passed: {FRAMES}, each frame once, in order"
    assert "exit code" not in table


def test_ctrl_c_thaws_what_it_froze_and_leaves_a_fleet_of_others_alone(shell: Shell) -> None:
    """Which then goes on."""
    *_, worker = roles = hand_made(shell, 200)
    chaos = shell.run("chaos", "--process", f"w={worker.pid}", "--faults", "freeze", "--every", "100ms", "--last", "1h",
                      "--for", "2h", "--json", str(shell.folder / "out.jsonl"))  # fmt: skip
    chaos.says("freeze w ")
    until(lambda: victim(worker.pid).is_stopped)
    chaos.signal(signal.SIGINT)
    assert chaos.ends() == Exit.INTERRUPTED
    written = shell.written()
    until(lambda: shell.written() > written)
    assert [role.process.poll() for role in roles] == [None] * 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whoever_ends_it_ends_the_fleet_that_it_started(shell: Shell, number: signal.Signals) -> None:
    """Frozen or not: no process is left."""
    chaos = shell.run("chaos", "--faults", "freeze", "--every", "100ms", "--last", "1h", "--for", "2h", "--",
                      *words(shell.folder, 30, 2))  # fmt: skip
    chaos.says("freeze worker-")
    roles = _fleet_of(chaos)
    assert {each.role for each in roles} == {"producer", "worker", "collector"}
    chaos.signal(number)
    assert chaos.ends() == (Exit.INTERRUPTED if number is signal.SIGINT else -number)
    until(lambda: all(has_gone(each) for each in roles))


def test_a_collector_that_is_killed_again_and_again_by_hand_continues(shell: Shell, reference: str) -> None:
    """It is started again as it was, by chaos, where nobody else does."""
    collector, producer, worker = hand_made(shell, 30)
    chaos = shell.run(
        "chaos", "--seed", "2", "--process", f"collector={collector.pid}", "--process", f"producer={producer.pid}",
        "--roles", "collector", "--faults", "restart", "--every", "600ms", "--last", "200ms", "--for", "2s",
        "--json", str(shell.folder / "out.jsonl"), "--reference", reference,
    )  # fmt: skip
    assert chaos.ends() == Exit.OK, chaos
    assert (producer.ends(), worker.ends()) == (Exit.OK, Exit.OK)
    table = verdicts(chaos)
    assert table["acts"].startswith("restart ")
    assert table["reference"] == f"passed: {FRAMES} rows are byte-identical"


def test_a_link_that_stalls_resets_and_delays_loses_nothing(shell: Shell, reference: str) -> None:
    """A worker that reaches the producer through a proxy; it goes on with what comes later."""
    collector = shell.collector()
    producer = shell.producer(SOURCE, "--model", model(10), "--transport", "inline")
    chaos = shell.run(
        "chaos", "--seed", "4", "--process", f"collector={collector.pid}", "--process", f"producer={producer.pid}",
        "--proxy", f"tcp://127.0.0.1:0={shell.frames}", "--faults", "stall,reset,delay,cut", "--every", "500ms",
        "--last", "500ms", "--for", "4s", "--json", str(shell.folder / "out.jsonl"), "--reference", reference,
    )  # fmt: skip
    address = chaos.says("passing on what comes to").split()[-1]
    worker = shell.run("worker", "--connect", address, "--name", "far")
    assert chaos.ends() == Exit.OK, chaos
    assert (collector.ends(), producer.ends()) == (Exit.OK, Exit.OK)
    worker.kill()  # its way to the producer ended with chaos, so it may be waiting
    assert verdicts(chaos)["reference"] == f"passed: {FRAMES} rows are byte-identical"


@pytest.mark.netns
def test_a_device_that_loses_packets_and_goes_down_loses_nothing(
    shell: Shell, two_machines: tuple[Machine, Machine], reference: str
) -> None:
    """Chaos on the worker's machine, of which nothing is left afterwards: no rule, and the link is up."""
    here, there = two_machines
    outputs = ("--json", str(shell.folder / "out.jsonl"))
    collector = shell.run("collector", "--bind", "tcp://0.0.0.0:5556", "--insecure", *outputs, prefix=here.prefix)
    producer = shell.run(
        "producer", SOURCE, "--model", model(20), "--bind", "tcp://0.0.0.0:5555", "--collector",
        "tcp://127.0.0.1:5556", "--insecure", "--transport", "inline", prefix=here.prefix,
    )  # fmt: skip
    worker = shell.run("worker", "--connect", f"tcp://{here.address}:5555", prefix=there.prefix)
    until(lambda: shell.written() > 0)
    chaos = shell.run(
        "chaos", "--seed", "3", "--process", f"producer={producer.pid}", "--process", f"collector={collector.pid}",
        "--device", CABLE, "--faults", "lose,down", "--loss", "20%", "--every", "400ms", "--last", "400ms",
        "--for", "3s", *outputs, "--reference", reference, prefix=there.prefix,
    )  # fmt: skip
    assert chaos.ends() == Exit.OK, chaos
    assert (collector.ends(), producer.ends(), worker.ends()) == (Exit.OK, Exit.OK, Exit.OK)
    table = verdicts(chaos)
    assert re.fullmatch(r"down [1-9]\d*, lose [1-9]\d*", table["acts"])
    assert table["reference"] == f"passed: {FRAMES} rows are byte-identical"
    listed = subprocess.run([*there.prefix, "nft", "list", "ruleset"], check=True, capture_output=True)
    assert listed.stdout == b""


def _fleet_of(chaos: Role) -> list[Victim]:
    """The roles under the run under chaos."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _parent(entry) == chaos.pid:
            return roles_under(int(entry.name))
    raise AssertionError("no run")


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
