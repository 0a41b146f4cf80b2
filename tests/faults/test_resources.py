"""What a process holds does not depend on how many peers came and went: open files, threads, memory."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import zmq

from common import messages as m
from common.wire import decode, encode
from tests.process.roles import PATIENCE_S, Role, Shell, until

pytestmark = [pytest.mark.faults, pytest.mark.process]

PEERS = 100
GROWTH = 1.05
SLACK_BYTES = 2 << 20
"""What an allocator keeps, or gives back late."""


class Held(NamedTuple):
    """What a process holds."""

    files: int
    threads: int
    resident_bytes: int


def held(role: Role) -> Held:
    """What a role holds now."""
    folder = Path(f"/proc/{role.pid}")
    pages = int((folder / "statm").read_text().split()[1])
    return Held(len(list((folder / "fd").iterdir())), len(list((folder / "task").iterdir())), pages * 4096)


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    """ZeroMQ for peers that come and go."""
    with zmq.Context() as made:
        yield made


def visit(context: zmq.Context[zmq.Socket[bytes]], address: str, number: int) -> None:
    """A worker of a new name is admitted, and gone without a word; so is somebody who says nothing."""
    peer = context.socket(zmq.DEALER)
    peer.setsockopt(zmq.LINGER, 0)
    peer.setsockopt(zmq.RCVTIMEO, int(PATIENCE_S * 1000))
    peer.connect(address)
    peer.send(encode(m.Hello(m.PROTOCOL, "worker", f"visitor-{number}", number.to_bytes(16, "big"), b"", ())))
    while not isinstance(decode(peer.recv_multipart()[0], 262_144), m.Welcome):
        pass
    peer.close()
    host, port = address.removeprefix("tcp://").split(":")
    socket.create_connection((host, int(port))).close()


def test_peers_that_come_and_go_leave_nothing_behind(shell: Shell, context: zmq.Context[zmq.Socket[bytes]]) -> None:
    """A hundred that are admitted and vanish, and as many that only connect: files and threads are those of before."""
    collector = shell.collector()
    producer = shell.producer("synthetic://counter?frames=200000&size=64x48", "--model", "scripted://?service_ms=10")
    worker = shell.worker("steady")
    worker.says("ready")
    until(lambda: shell.written() >= 100)
    roles = (collector, producer, worker)

    def welcome(*numbers: int) -> list[Held]:
        for number in numbers:
            for address in (shell.frames, shell.results):
                visit(context, address, number)
        return [held(role) for role in roles]

    before = [held(role) for role in roles]
    warm = welcome(*range(PEERS // 4))
    welcome(*range(PEERS // 4, PEERS))
    for role, was, warmed in zip(roles, before, warm, strict=True):
        until(lambda: held(role)[:2] == was[:2])  # noqa: B023 - it is called at once
        grown = held(role).resident_bytes - warmed.resident_bytes * GROWTH
        assert grown <= SLACK_BYTES, (role.name, was, warmed, held(role))


def test_workers_that_are_killed_leave_nothing_behind(shell: Shell) -> None:
    """Each of them had frames, memory of the producer, and a connection to both."""
    collector = shell.collector()
    producer = shell.producer("synthetic://counter?frames=200000&size=64x48", "--model", "scripted://?service_ms=10")
    shell.worker("steady").says("ready")
    until(lambda: shell.written() >= 100)
    before = [held(role)[:2] for role in (collector, producer)]
    for number in range(5):
        victim = shell.worker(f"victim-{number}")
        victim.says("ready")
        victim.kill()
    until(lambda: [held(role)[:2] for role in (collector, producer)] == before)
    assert (collector.process.poll(), producer.process.poll()) == (None, None)


def test_a_producer_takes_the_memory_that_its_window_says(shell: Shell) -> None:
    """`window x frame` and little more: what many large frames take beyond few small ones is the formula's."""
    resident: dict[int, int] = {}
    for window, side in ((8, 64), (48, 1024)):
        user = Shell(shell.folder / str(window))
        user.folder.mkdir()
        try:
            user.collector()
            source = f"synthetic://counter?frames=100000&size={side}x{side}"
            producer = user.producer(source, "--window", str(window), "--model", "scripted://?service_ms=5")
            user.worker()
            until(lambda: user.written() > 3 * window)  # noqa: B023 - it is called at once
            resident[window] = held(producer).resident_bytes
        finally:
            user.close()
    slots_bytes = 48 * (1024 * 1024 * 3 // 2 + 128) - 8 * (64 * 64 * 3 // 2 + 128)
    few_frames_bytes = 6 * 1024 * 1024 * 3 // 2
    grown = resident[48] - resident[8]
    assert grown <= slots_bytes + few_frames_bytes + SLACK_BYTES, (grown, slots_bytes)
