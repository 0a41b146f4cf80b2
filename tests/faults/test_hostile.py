"""Hostile and mistaken peers on every socket are refused and counted, and the run goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from random import Random

import pytest
import zmq

from common import limits
from common import messages as m
from common.wire import decode, encode
from tests.process.roles import PATIENCE_S, Shell, assert_conserved

pytestmark = [pytest.mark.faults, pytest.mark.process]

INSTANCE = b"i" * 16


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    """ZeroMQ for the hostile side."""
    with zmq.Context() as made:
        yield made


def dealer(context: zmq.Context[zmq.Socket[bytes]], address: str) -> zmq.Socket[bytes]:
    """A connection as a worker or producer makes it, without their manners."""
    made = context.socket(zmq.DEALER)
    made.setsockopt(zmq.LINGER, 0)
    made.setsockopt(zmq.RCVTIMEO, int(PATIENCE_S * 1000))
    made.connect(address)
    return made


def hello(role: str, *, protocol: int = m.PROTOCOL, job: bytes = b"") -> m.Hello:
    """A hello of a stranger."""
    return m.Hello(protocol, role, "stranger", INSTANCE, job, ())


def attack(context: zmq.Context[zmq.Socket[bytes]], address: str, role: str, too_large: int) -> None:
    """Send everything that is no proper message, and wait for the refusals that are owed."""
    rng = Random(1)
    peer = dealer(context, address)
    for _ in range(300):
        peer.send_multipart([rng.randbytes(rng.randrange(1, 200)) for _ in range(rng.randrange(1, 5))])
    valid = encode(m.Credit(1, "ready", 4, 0, b""))
    for _ in range(300):
        peer.send(bytes(byte if rng.randrange(8) else rng.randrange(256) for byte in valid))
    peer.send(encode(hello(role, protocol=m.PROTOCOL + 1)))
    assert_refused(peer, "protocol")
    peer.send(encode(hello(role, job=b"x" * 32)))
    assert_refused(peer, "job")
    peer.send(bytes(limits.HEADER_MAX_BYTES + 1))
    peer.close()
    oversized = dealer(context, address)
    oversized.send(bytes(too_large + 1))
    oversized.close()
    host, port = address.removeprefix("tcp://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(rng.randbytes(4096))


def assert_refused(peer: zmq.Socket[bytes], code: str) -> None:
    """The next refusal that is not about an unknown session has this code."""
    while True:
        message = decode(peer.recv_multipart()[0])
        assert isinstance(message, m.Refuse), message
        if message.code != "unknown_session":
            assert message.code == code, message
            return


def test_garbage_on_every_bound_socket_is_counted_and_harms_nobody(
    shell: Shell, context: zmq.Context[zmq.Socket[bytes]]
) -> None:
    """Random bytes, another protocol, a wrong digest, oversized parts: counted, and the run ends complete."""
    collector = shell.collector()
    producer = shell.producer("synthetic://counter?frames=200", "--model", "scripted://?service_ms=2")
    producer.says("collector")
    attack(context, shell.frames, "worker", limits.INTO_PRODUCER_MAX_BYTES)
    attack(context, shell.results, "producer", limits.INTO_COLLECTOR_MAX_BYTES)
    worker = shell.worker()
    assert (producer.ends(), collector.ends(), worker.ends()) == (0, 0, 0)
    assert_conserved(shell, 200)
    refused = shell.report()["refused"]
    assert refused["protocol"] == 2, refused
    assert refused["job"] >= 1, refused
    assert sum(refused.values()) > 500, refused


def test_a_hostile_producer_cannot_keep_a_worker_from_an_honest_one(
    shell: Shell, context: zmq.Context[zmq.Socket[bytes]]
) -> None:
    """A worker that is answered with garbage goes on with its other producer."""
    rogue = context.socket(zmq.ROUTER)
    rogue.setsockopt(zmq.RCVTIMEO, int(PATIENCE_S * 1000))
    port = rogue.bind_to_random_port("tcp://127.0.0.1")
    collector = shell.collector()
    worker = shell.worker("w1", "--connect", f"tcp://127.0.0.1:{port}")
    peer, _ = rogue.recv_multipart()[:2]
    rng = Random(2)
    for _ in range(200):
        rogue.send_multipart([peer, rng.randbytes(100), rng.randbytes(10)])
    rogue.send_multipart([peer, encode(m.Welcome(7, INSTANCE, b"x" * 32, "", None, 0)), b"{}"])
    producer = shell.producer("synthetic://counter?frames=100", "--model", "scripted://?service_ms=2")
    assert (producer.ends(), collector.ends()) == (0, 0)
    assert_conserved(shell, 100)
    worker.kill()
    rogue.close(linger=0)
