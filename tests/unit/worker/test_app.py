"""The worker as a whole, in this process: peers made of bare sockets, and the real scripted engine."""

from __future__ import annotations

import os
import platform
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn, TypeVar

import numpy as np
import pytest

from common.actions import Notice, Send
from common.counter import stamp
from common.errors import NetworkError, UsageError
from common.exits import Exit
from common.job import InputSpec, JobDocument, OutputSpec
from common.messages import Beat, Bye, Credit, Done, Hello, Message, Results, Start, Welcome, Work, WorkItem
from common.sayings import FirstFrame, Saying
from common.schema import SCHEMAS, is_name
from common.script import scripted_detections
from common.transport import Inbound
from common.wire import decode, encode
from common.zmq_transport import ZmqEndpoint, ZmqTransport
from worker import app
from worker.app import WorkerOptions, default_name, run_worker

M = TypeVar("M")

DEADLINE_S = 20.0
SPEC = InputSpec("pixels", 8, 16, "bgr", "BGR", "stretch")
WORK = Work(7, (WorkItem("s", 1, 3, 0, 30, 640, 480, -1, 0, alone=False),))
JOB = JobDocument("scripted", "scripted", (), SPEC, OutputSpec("scripted", "", 0, (), 0.5), script="detections=2")


class Peers:
    """The other side of a worker: two bound sockets, of which one message at a time is awaited."""

    def __init__(self) -> None:
        self._transport = ZmqTransport()
        self.producer = self._bind()
        self.collector = self._bind()
        self._mail: dict[ZmqEndpoint, deque[Inbound[bytes]]] = {self.producer: deque(), self.collector: deque()}

    def hear(self, endpoint: ZmqEndpoint, kind: type[M]) -> tuple[M, bytes, memoryview | None]:
        """Wait for a message of a kind; those of other kinds that came before it are let go."""
        mail = self._mail[endpoint]
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            while mail:
                peer, header, payload = mail.popleft()
                message = decode(header, 0 if payload is None else payload.nbytes)
                if isinstance(message, kind):
                    return message, peer, payload
            self._transport.wait(end - time.monotonic())
            self._collect()
        pytest.fail(f"no {kind.__name__} came")

    def say(self, endpoint: ZmqEndpoint, peer: bytes, message: Message, payload: bytes | None = None) -> None:
        """Send a message."""
        endpoint.send(peer, encode(message), payload)

    def close(self) -> None:
        """Close both."""
        self._transport.close()

    def _collect(self) -> None:
        for endpoint, mail in self._mail.items():
            while (inbound := endpoint.receive()) is not None:
                mail.append(inbound)

    def _bind(self) -> ZmqEndpoint:
        return self._transport.bind("tcp://127.0.0.1:*", max_message_bytes=1 << 20, queue_messages=100)


@pytest.fixture
def peers() -> Iterator[Peers]:
    """Make the other side, closed with the test."""
    peers = Peers()
    yield peers
    peers.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Make a thread for the worker; signals are left alone there."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_a_frame_goes_through_a_worker(peers: Peers, pool: ThreadPoolExecutor, tmp_path: Path) -> None:
    """Hello, welcome, credit, work, result, receipt, goodbye: over real sockets, through a real engine."""
    said: list[Saying] = []
    options = WorkerOptions((peers.producer.address,), name="w1", cache_dir=tmp_path, timeout=2.0)
    ended: Future[Exit] = pool.submit(run_worker, options, said.append)

    hello, worker, _ = peers.hear(peers.producer, Hello)
    assert hello.name == "w1"
    welcome = Welcome(7, b"p" * 16, JOB.digest, peers.collector.address, None, 0)
    peers.say(peers.producer, worker, welcome, JOB.canonical)
    _, at_collector, _ = peers.hear(peers.collector, Hello)
    peers.say(peers.collector, at_collector, Welcome(9, b"c" * 16, b"", "", None, 0))
    while peers.hear(peers.producer, Credit)[0].capacity == 0:
        peers.say(peers.producer, worker, Beat(7))

    pixels = np.zeros(SPEC.nbytes, np.uint8)
    stamp(pixels, 3)
    peers.say(peers.producer, worker, WORK, pixels.tobytes())
    assert peers.hear(peers.producer, Start)[0].refs == (("s", 1, 3, 0),)
    results, _, payload = peers.hear(peers.collector, Results)
    assert payload is not None
    assert [item.seq for item in results.items] == [3]
    assert bytes(payload) == scripted_detections(3, 2, (640, 480)).tobytes()
    assert peers.hear(peers.producer, Done)[0] == Done(7, "sent", (("s", 1, 3, 0),))

    peers.say(peers.producer, worker, Bye(7, "complete", ""))
    assert ended.result(DEADLINE_S) is Exit.OK
    assert peers.hear(peers.collector, Bye)[0].code == "complete"
    assert Notice("info", "ready on SCRIPTED (scripted engine), default, 2 streams, 2 requests") in said
    assert said.count(FirstFrame()) == 1


def test_who_is_interrupted_while_it_closes_leaves_by_the_back_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that is being compiled would abort a process that ends in the ordinary way."""

    def interrupt(_self: object) -> None:
        raise KeyboardInterrupt

    def leave(code: Exit) -> NoReturn:
        raise SystemExit(code)

    monkeypatch.setattr("worker.edge.WorkerEdge.close", interrupt)
    monkeypatch.setattr(app, "_leave", leave)
    options = WorkerOptions(("tcp://127.0.0.1:9",), cache_dir=tmp_path, timeout=0.05)
    with pytest.raises(SystemExit) as caught:
        run_worker(options, lambda _: None)
    assert caught.value.code is Exit.INTERRUPTED


def test_a_request_that_hangs_is_left_by_the_back_door(
    peers: Peers, pool: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits for the engine: the process leaves with the code of the cause."""
    left: list[Exit] = []
    monkeypatch.setattr(app, "_leave", left.append)
    monkeypatch.setattr("worker.edge.limits.DRAIN_S", 0.05)
    job = JobDocument("scripted", "scripted", (), SPEC, JOB.output, script="hang=3")
    options = WorkerOptions((peers.producer.address,), cache_dir=tmp_path, request_timeout=0.05, timeout=2.0)
    ended: Future[Exit] = pool.submit(run_worker, options, lambda _: None)

    _, worker, _ = peers.hear(peers.producer, Hello)
    welcome = Welcome(7, b"p" * 16, job.digest, peers.collector.address, None, 0)
    peers.say(peers.producer, worker, welcome, job.canonical)
    while peers.hear(peers.producer, Credit)[0].state != "ready":
        peers.say(peers.producer, worker, Beat(7))
    pixels = np.zeros(SPEC.nbytes, np.uint8)
    stamp(pixels, 3)
    peers.say(peers.producer, worker, WORK, pixels.tobytes())
    assert ended.result(DEADLINE_S) is Exit.ENGINE_HUNG
    assert left == [Exit.ENGINE_HUNG]


def test_without_a_producer_it_gives_up_in_time(peers: Peers, tmp_path: Path) -> None:
    """Nobody answers, so --timeout ends it."""
    options = WorkerOptions((peers.producer.address,), cache_dir=tmp_path, timeout=0.05)
    assert run_worker(options, lambda _: None) is Exit.TIMEOUT


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (WorkerOptions(("tcp://a:1", "tcp://a:1")), UsageError, "twice"),
        (WorkerOptions(("tcp://127.0.0.1:1",), name="a b"), UsageError, "--name"),
        (WorkerOptions(("127.0.0.1:1",)), NetworkError, "tcp://HOST:PORT"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_starts(
    options: WorkerOptions, error: type[Exception], text: str
) -> None:
    """The user is told which option, and what to do."""
    with pytest.raises(error, match=text):
        run_worker(options, lambda _: None)


@pytest.mark.parametrize("host", ["node-1.example", "-x", "", "é", "a" * 100, "my pc"])
def test_the_default_name_is_a_name_on_every_host(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers of one host have different ones."""
    monkeypatch.setattr("platform.node", lambda: host)
    assert is_name(default_name())
    assert default_name().endswith(f"-{os.getpid()}")


def test_the_facts_are_what_a_hello_may_carry() -> None:
    """At most eight, each with a name and a bounded text."""
    core = app._core(WorkerOptions(("tcp://127.0.0.1:1",), device="GPU.1"))
    [send] = core.start(0.0)
    assert isinstance(send, Send)
    hello = send.message
    assert isinstance(hello, Hello)
    assert all(check(value) for check, value in zip(SCHEMAS[Hello], hello, strict=True))
    assert dict(hello.facts)["device"] == "GPU.1"
    assert platform.node() not in dict(hello.facts).values()
