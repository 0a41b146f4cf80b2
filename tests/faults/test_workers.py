"""Workers are killed, halted, slow and replaced, and none may be left; the others do their work."""

from __future__ import annotations

import signal
from random import Random
from typing import Final

import pytest

from common import limits
from tests.process.roles import Shell, assert_conserved, assert_end_well, sent_to_another

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES: Final = 250


@pytest.mark.parametrize("transport", ["shm", "inline"])
def test_a_worker_is_killed(shell: Shell, transport: str) -> None:
    """What it held is sent to the other one."""
    collector, producer, [victim, other] = shell.fleet(FRAMES, options=("--transport", transport))
    shell.reaches(50)
    victim.kill()
    producer.says("worker w0 is gone; its frames are sent again")
    assert_end_well(producer, collector, other)
    assert_conserved(shell, FRAMES)
    assert sent_to_another(shell.report()) >= 1


def test_a_worker_is_halted_again_and_again(shell: Shell) -> None:
    """Given up each time, welcome each time: what it says of frames that another has done is dropped and counted."""
    collector, producer, [halted, other] = shell.fleet(700)
    shell.reaches(50)
    for _ in range(3):
        halted.signal(signal.SIGSTOP)
        producer.says("worker w0 is gone")
        halted.signal(signal.SIGCONT)
        producer.says("worker w0 is ready")
    assert_end_well(producer, collector, other, halted)
    assert_conserved(shell, 700)
    report = shell.report()
    assert report["duplicates"] + report["refused"].get("unknown_session", 0) >= 1, report


def test_a_worker_is_halted_for_ever(shell: Shell) -> None:
    """The run ends without it."""
    collector, producer, [halted, other] = shell.fleet(FRAMES)
    shell.reaches(50)
    halted.signal(signal.SIGSTOP)
    producer.says("worker w0 is gone; its frames are sent again")
    assert_end_well(producer, collector, other)
    assert_conserved(shell, FRAMES)
    assert halted.process.poll() is None


def test_a_slow_worker_holds_nobody_up(shell: Shell) -> None:
    """While a worker stands still for less than what makes it lost, the oldest frame is given to another as well.

    On a busy machine it may stand still for longer, and is then given up: there is enough left to do when it is back.
    """
    collector, producer, [slow, other] = shell.fleet(700)
    for begin in (50, 120, 190):
        shell.reaches(begin)
        slow.signal(signal.SIGSTOP)
        shell.reaches(begin + 20)
        slow.signal(signal.SIGCONT)
    assert_end_well(producer, collector, other, slow)
    assert_conserved(shell, 700)
    assert shell.report()["hedged"] >= 1


def test_every_worker_is_dead_at_the_end_of_the_stream(shell: Shell) -> None:
    """The producer waits and says so; one that comes late finishes it."""
    collector, producer, [only] = shell.fleet(60, "w0", script="service_ms=30&requests=1")
    shell.reaches(5)
    only.kill()
    producer.says("waiting for a worker")
    assert (producer.process.poll(), collector.process.poll()) == (None, None)
    late = shell.worker("late")
    assert_end_well(producer, collector, late)
    assert_conserved(shell, 60)


def test_a_failed_inference_is_tried_again_and_then_given_up(shell: Shell) -> None:
    """A frame that an engine fails on three times is `failed`; the workers live on, the others are ok."""
    collector, producer, workers = shell.fleet(60, script="service_ms=5&error=20,40")
    assert_end_well(producer, collector, *workers)
    assert_conserved(shell, 60, ok=58)
    failed = [(row["frame"], row["reason"]) for row in shell.rows() if row["status"] == "failed"]
    assert failed == [(20, "error"), (40, "error")]
    assert "frame 20 is scripted to fail" in "".join(producer.text) or "frame 40" in "".join(producer.text)


def test_workers_drain_one_after_the_other(shell: Shell) -> None:
    """Each finishes what it holds, and what was on its way to it, while others work: no frame is sent again."""
    names = [f"w{number}" for number in range(6)]
    collector, producer, workers = shell.fleet(2500, *names, script="service_ms=20&requests=4")
    for number, worker in enumerate(workers[:-1], 1):
        shell.reaches(40 * number)
        worker.signal(signal.SIGTERM)
        assert worker.ends() == 0
    assert_end_well(producer, collector, workers[-1])
    assert_conserved(shell, 2500)
    assert shell.report()["redispatched"] == 0, producer


def test_ctrl_c_at_a_worker(shell: Shell) -> None:
    """It finishes what it has and leaves, as for SIGTERM; the other one does the rest."""
    collector, producer, [leaving, other] = shell.fleet(FRAMES)
    shell.reaches(50)
    leaving.signal(signal.SIGINT)
    assert leaving.ends() == 0
    producer.says("worker w0 has left")
    assert_end_well(producer, collector, other)
    assert_conserved(shell, FRAMES)


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
    assert sent_to_another(report) >= 1
    assert report["transport"] == transport


@pytest.mark.parametrize("transport", ["shm", "inline"])
def test_a_poison_frame_fails_alone(shell: Shell, transport: str) -> None:
    """A frame that kills each worker that starts it is failed after three that had nothing else; the others are ok."""
    shell.collector()
    shell.producer(
        "synthetic://counter?frames=60&size=64x48", "--model", "scripted://?service_ms=5&requests=2&poison=20",
        "--transport", transport,
    )  # fmt: skip
    codes = [shell.worker("w0").ends()]
    while codes[-1] != 0 and len(codes) < 4 * limits.STRIKES_MAX:
        codes.append(shell.worker(f"w{len(codes)}").ends())
    assert (codes[-1], set(codes[:-1])) == (0, {-signal.SIGKILL}), codes
    # Inline, what a worker says of a frame that it begins may die with it, though it waits for it to be sent.
    deaths = len(codes) - 1
    assert deaths == 1 + limits.STRIKES_MAX if transport == "shm" else deaths > limits.STRIKES_MAX
    collector, producer = shell.roles[:2]
    assert (producer.ends(), collector.ends()) == (0, 0)
    assert_conserved(shell, 60, ok=59)
    assert [(row["frame"], row["reason"]) for row in shell.rows() if row["status"] == "failed"] == [(20, "poison")]
