"""The cable between two machines is cut, cut one way, lossy or unplugged while a worker on the far one works."""

from __future__ import annotations

import threading
from typing import Final

import pytest

from tests.process.machines import Machine
from tests.process.roles import Role, Shell, assert_conserved, assert_end_well
from vinofleet.chaos.link import Side

pytestmark = [pytest.mark.faults, pytest.mark.process, pytest.mark.netns]

Pair = tuple[Machine, Machine]
PARTITION_S: Final = 30.0


class Apart:
    """A fleet with a collector, a producer and a worker `near` here, and a worker `far` there."""

    def __init__(self, shell: Shell, machines: Pair, frames: int) -> None:
        here, there = machines
        outputs = ("--json", str(shell.folder / "out.jsonl"), "--report", str(shell.folder / "report.json"))
        self.collector = shell.run(
            "collector", "--bind", "tcp://0.0.0.0:5556", "--insecure", *outputs, prefix=here.prefix
        )
        source = (f"synthetic://counter?frames={frames}&size=64x48", "--model", "scripted://?service_ms=15&requests=2")
        bound = ("--bind", "tcp://0.0.0.0:5555", "--collector", "tcp://127.0.0.1:5556", "--insecure")
        self.producer = shell.run("producer", *source, *bound, prefix=here.prefix)
        self.near = self._worker(shell, here, "near", "127.0.0.1")
        self.far = self._worker(shell, there, "far", here.address)
        self.producer.says("worker far is ready")
        shell.reaches(50)

    @staticmethod
    def _worker(shell: Shell, machine: Machine, name: str, address: str) -> Role:
        return shell.run("worker", "--connect", f"tcp://{address}:5555", "--name", name, prefix=machine.prefix)

    def loses_the_far_one(self) -> None:
        """Wait until both sides have noticed."""
        self.producer.says("worker far is gone; its frames are sent again")
        self.far.says("lost the producer")

    def ends(self, shell: Shell, frames: int) -> None:
        """All end well, and every frame came once, in order."""
        assert_end_well(self.producer, self.collector, self.near, self.far)
        assert_conserved(shell, frames)


def test_a_partition_that_heals(shell: Shell, two_machines: Pair) -> None:
    """The frames of the far worker go elsewhere; when it is back it works on, and nothing is emitted twice."""
    fleet = Apart(shell, two_machines, 1000)
    two_machines[0].cable.cut()
    fleet.loses_the_far_one()
    two_machines[0].cable.heal()
    fleet.producer.says("worker far is ready")
    fleet.ends(shell, 1000)


@pytest.mark.long
def test_a_partition_of_half_a_minute(shell: Shell, two_machines: Pair) -> None:
    """As one of seconds: long enough for everything that TCP and ZeroMQ try to be over."""
    fleet = Apart(shell, two_machines, 9000)
    two_machines[0].cable.cut()
    fleet.loses_the_far_one()
    threading.Event().wait(PARTITION_S)
    assert fleet.producer.process.poll() is None
    two_machines[0].cable.heal()
    fleet.producer.says("worker far is ready")
    fleet.ends(shell, 9000)


def test_a_worker_hears_and_is_not_heard(shell: Shell, two_machines: Pair) -> None:
    """Cut one way, it is as lost as if both ways were."""
    fleet = Apart(shell, two_machines, 1000)
    two_machines[0].cable.cut(Side.IN)
    fleet.producer.says("worker far is gone; its frames are sent again")
    two_machines[0].cable.heal()
    fleet.producer.says("worker far is ready")
    fleet.ends(shell, 1000)


def test_a_worker_is_heard_and_does_not_hear(shell: Shell, two_machines: Pair) -> None:
    """Nor does the other way keep it: who hears nothing starts anew."""
    fleet = Apart(shell, two_machines, 1000)
    two_machines[1].cable.cut(Side.IN)
    fleet.far.says("lost the producer")
    two_machines[1].cable.heal()
    fleet.producer.says("worker far is ready")
    fleet.ends(shell, 1000)


def test_a_cable_that_loses_two_packets_in_a_hundred(shell: Shell, two_machines: Pair) -> None:
    """Slower, and nothing else."""
    for machine in two_machines:
        machine.cable.lose(0.02, Side.IN)
    Apart(shell, two_machines, 600).ends(shell, 600)


def test_a_cable_is_pulled_and_put_back(shell: Shell, two_machines: Pair) -> None:
    """The system knows that the link is down, and routes are gone: as for a partition."""
    fleet = Apart(shell, two_machines, 1000)
    two_machines[1].cable.down()
    fleet.loses_the_far_one()
    two_machines[1].cable.up()
    fleet.producer.says("worker far is ready")
    fleet.ends(shell, 1000)
