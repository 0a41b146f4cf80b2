"""Real processes die, leave, come and come back; nothing is lost, nothing comes twice, the order stands."""

from __future__ import annotations

import re
import signal
from random import Random

import pytest

from common import limits
from tests.process.roles import Shell, assert_conserved

pytestmark = pytest.mark.process


@pytest.mark.parametrize("transport", ["shm", "inline"])
def test_sigkill_of_workers_loses_nothing(shell: Shell, transport: str) -> None:
    """A random worker is killed again and again and another one started; every frame arrives once."""
    rng = Random(7)
    collector, producer, workers = shell.fleet(600, options=("--transport", transport))
    for kill in range(4):
        shell.reaches(120 * (kill + 1))
        victim = workers.pop(rng.randrange(len(workers)))
        victim.kill()
        workers.append(shell.worker(f"n{kill}"))
    assert (producer.ends(), collector.ends()) == (0, 0)
    assert_conserved(shell, 600)
    report = shell.report()
    assert report["redispatched"] >= 1
    assert report["transport"] == transport


def test_a_worker_that_joins_half_way_takes_frames(shell: Shell) -> None:
    """Its frames are counted in the report."""
    collector, producer, _ = shell.fleet(500, "w0")
    shell.reaches(200)
    late = shell.worker("late")
    late.says("ready")
    assert (producer.ends(), collector.ends(), late.ends()) == (0, 0, 0)
    assert_conserved(shell, 500)
    frames = {worker["name"]: worker["frames"] for worker in shell.report()["workers"]}
    assert frames["late"] > 0


def test_sigterm_drains_a_worker_without_a_frame_sent_again(shell: Shell) -> None:
    """It finishes what it holds and leaves with 0; the other one does the rest."""
    collector, producer, workers = shell.fleet(400)
    shell.reaches(150)
    workers[0].signal(signal.SIGTERM)
    assert workers[0].ends() == 0
    assert (producer.ends(), collector.ends()) == (0, 0)
    assert_conserved(shell, 400)
    assert shell.report()["redispatched"] == 0


def test_sigkill_of_the_collector_leaves_no_trace_in_the_file(shell: Shell) -> None:
    """A collector started again goes on where the file ends: the bytes are those of an undisturbed run."""
    shell.fleet(400, script="service_ms=5&detections=2")
    assert [role.ends() for role in shell.roles] == [0] * 4
    undisturbed = shell.jsonl
    again = Shell(shell.folder / "again")
    again.folder.mkdir()
    try:
        again.fleet(400, script="service_ms=5&detections=2")
        again.reaches(150)
        again.roles[0].kill()
        assert 150 <= again.written() < 400
        collector = again.collector()
        assert [role.ends() for role in again.roles[1:]] == [0] * 4
        assert again.jsonl == undisturbed
        assert_conserved(again, 400)
        assert collector.process.returncode == 0
    finally:
        again.close()


@pytest.mark.parametrize("transport", ["shm", "inline"])
def test_a_poison_frame_fails_alone(shell: Shell, transport: str) -> None:
    """A frame that kills each worker that starts it is failed after three; all the others are ok."""
    shell.collector()
    shell.producer(
        "synthetic://counter?frames=60&size=64x48", "--model", "scripted://?service_ms=5&requests=2&poison=20",
        "--transport", transport,
    )  # fmt: skip
    codes = [shell.worker("w0").ends()]
    while codes[-1] != 0 and len(codes) < 2 * limits.SUSPICIONS_MAX:
        codes.append(shell.worker(f"w{len(codes)}").ends())
    assert (codes[-1], set(codes[:-1])) == (0, {-signal.SIGKILL}), codes
    # By shared memory each death is known; inline, what a worker says of a frame that it begins may die with it.
    deaths = len(codes) - 1
    assert deaths == limits.STRIKES_MAX if transport == "shm" else deaths >= limits.STRIKES_MAX
    collector, producer = shell.roles[:2]
    assert (producer.ends(), collector.ends()) == (0, 0)
    assert_conserved(shell, 60, ok=59)
    assert [(row["frame"], row["reason"]) for row in shell.rows() if row["status"] == "failed"] == [(20, "poison")]


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


def test_several_sources_share_the_workers(shell: Shell) -> None:
    """Streams of different lengths each come whole and in order through one producer."""
    shell.collector()
    shell.producer(
        "synthetic://counter?frames=150&size=64x48", "synthetic://counter?frames=40&size=128x96&seed=2",
        "--stream", "long", "--stream", "short", "--model", "scripted://?service_ms=2",
    )  # fmt: skip
    shell.worker()
    assert [role.ends() for role in shell.roles] == [0, 0, 0]
    assert_conserved(shell, 150, "long")
    assert_conserved(shell, 40, "short")


def test_one_worker_serves_two_producers(shell: Shell) -> None:
    """A worker connected to two producers finishes both."""
    shell.collector("--stay")
    other = Shell(shell.folder)
    try:
        other.results = shell.results
        shell.producer("synthetic://counter?frames=80", "--stream", "one", "--model", "scripted://?service_ms=2")
        other.producer("synthetic://counter?frames=90", "--stream", "two", "--model", "scripted://?service_ms=3")
        worker = shell.worker("w1", "--connect", other.frames)
        assert (shell.roles[1].ends(), other.roles[0].ends(), worker.ends()) == (0, 0, 0)
        shell.roles[0].signal(signal.SIGTERM)
        shell.roles[0].ends()
        names = re.findall(rb'"stream": ?"(\w+)"', shell.jsonl)
        assert (names.count(b"one"), names.count(b"two")) == (80, 90)
    finally:
        other.close()
