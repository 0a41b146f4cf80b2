"""Cores that run without an edge: each answers for its edge when a step says so, and checks whatever its core wants."""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

from collector import actions as collecting
from collector.core import LINK as PEERS
from collector.core import CollectorCore
from common.actions import Finish, Send
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec
from common.jpeg import jpeg_size
from common.messages import PROTOCOL, Credit, Hello, Message, Open, Opened, Show, Welcome
from common.rows import Ending, StreamHeader
from common.transport import SERVER
from common.wire import decode, encode
from producer import actions as producing
from producer import fleet, upstream
from producer.core import ProducerCore
from producer.settings import ProducerSettings
from tests.fuzz.plausible import INSTANCES, PICTURES, STREAMS, TOKEN
from worker import actions as working
from worker.core import WorkerCore
from worker.results import Completed

MODEL: Final = b"model"
SHA: Final = hashlib.sha256(MODEL).digest()
JOB: Final = JobDocument(
    "scripted",
    "m",
    (ModelFile("m.xml", len(MODEL), SHA.hex()),),
    InputSpec("pixels", 4, 2, "bgr", "BGR", "stretch"),
    OutputSpec("scripted", "", 0, (), 0.5),
)
COLLECTOR: Final = "tcp://127.0.0.1:5556"
PIXELS: Final = memoryview(bytes(JOB.input.nbytes))
JPEG: Final = memoryview(b"\xff\xd8\xff\xc0\0\x11\x08\0\x04\0\x08\x03" + bytes(12))
"""24 bytes that begin as a JPEG file of 8x4 does."""

PEERS_OF: Final = (b"p", b"q", b"r")
Answer = Callable[[Any], list[Any]]


class Bench:
    """Runs one core, whose edge answers each action when a step says so.

    Args:
        core: under test.
        links: of its messages; a message of peer i arrives on the i-th, modulo their number.
        bound: whether the peers are at a bound socket.
    """

    def __init__(self, core: Any, links: Sequence[str], answers: dict[type, Answer], *, bound: bool) -> None:  # noqa: ANN401 - three unrelated cores
        self.core = core
        self.links = list(links)
        self.answers = answers
        self.bound = bound
        self.now = 100.0
        self.to_do: deque[Any] = deque()
        self.sent: deque[Send] = deque(maxlen=5)
        self.finished = False
        self.take(core.start(self.now))

    def take(self, actions: list[Any]) -> None:
        """Check what the core wants, and keep it for its edge."""
        for action in actions:
            assert not self.finished, f"{action} after Finish"
            if isinstance(action, Send):
                self.check_send(action)
            elif isinstance(action, Finish):
                self.finished = True
            elif type(action) in self.answers:
                self.to_do.append(action)
        self.core.check()

    def check_send(self, send: Send) -> None:
        """What a core says is a message that its peer understands."""
        size = len(send.payload) if isinstance(send.payload, bytes | memoryview) else 0
        assert decode(encode(send.message), size) == send.message
        self.sent.append(send)

    def step(self, what: tuple[Any, ...]) -> None:
        """Let one thing happen, and what follows from it."""
        self._do(what)
        self.flush()

    def flush(self) -> None:
        """As the runner does at the end of a turn."""
        while not self.finished and (actions := self.core.flush(self.now)):
            self.take(actions)

    def _do(self, what: tuple[Any, ...]) -> None:
        kind, *rest = what
        if kind == "said":
            self.said(*rest)
        elif kind == "waits":
            self.now += rest[0]
            self.take(self.core.tick(self.now))
        elif kind == "edge" and self.to_do:
            self.to_do.rotate(-rest[0])
            action = self.to_do.popleft()
            self.take(self.answers[type(action)](action))
        elif kind == "fails" and self.sent:
            self.take(self.core.send_failed(self.sent.pop(), rest[0], self.now))

    def said(self, index: int, message: Message, payload: memoryview | None) -> None:
        """Let a peer say something."""
        link = self.links[index % len(self.links)]
        peer = PEERS_OF[index] if self.bound and link != upstream.LINK else SERVER
        self.take(self.core.receive(link, peer, message, payload, self.now))

    def run(self, steps: Sequence[tuple[Any, ...]], interrupts: int) -> None:
        """Let everything happen, then end."""
        for what in steps:
            if self.finished:
                return
            self.step(what)
        for _ in range(interrupts):
            if not self.finished:
                self.take(self.core.interrupt(self.now))
                self.flush()
        for _ in range(200):
            if self.finished or (due := self.core.deadline()) == float("inf"):
                break
            self.now = max(self.now, due) + 1e-6
            self.take(self.core.tick(self.now))
            self.flush()
        assert self.finished or not interrupts, "interrupted, and it went on"


def collector_bench(*, durable: bool = False, draws: bool = True, single: bool = False) -> Bench:
    """A collector that has admitted a worker and a producer, whose stream `a` is open."""
    core = CollectorCore(
        instance=b"c" * 16,
        new_id=itertools.count(1).__next__,
        durable=durable,
        timeout_s=5.0,
        draws=draws,
        single=single,
    )
    written: dict[str, int] = {}
    pictured: dict[str, int] = {}

    def begin(action: collecting.Begin) -> list[Any]:
        written[action.header.name] = pictured[action.header.name] = action.start
        assert not single or len(written) == 1
        return core.written({action.header.name: action.start}, bench.now)

    def emit(action: collecting.Emit) -> list[Any]:
        for row in action.rows:
            assert row.seq == written[row.stream]
            written[row.stream] += 1
        return core.written({row.stream: written[row.stream] for row in action.rows}, bench.now)

    def end(action: collecting.EndStream) -> list[Any]:
        assert written.get(action.stream, 0) == action.captured
        return core.ended(action.stream, bench.now)

    def attach(action: collecting.Attach) -> list[Any]:
        assert draws
        reached = action.offer == PICTURES and bench.now % 1 < 0.5
        return core.attached(action, TOKEN if reached else b"", bench.now)

    def keep(action: collecting.Keep) -> list[Any]:
        assert max(pictured[action.stream], written[action.stream]) <= action.seq, "it will be drawn"
        pictured[action.stream] = action.seq + 1
        assert 0 <= action.slot < PICTURES[3] if action.data is None else jpeg_size(action.data) == (8, 4)
        return []

    answers: dict[type, Answer] = {
        collecting.Begin: begin,
        collecting.Emit: emit,
        collecting.EndStream: end,
        collecting.Attach: attach,
        collecting.Keep: keep,
    }
    bench = Bench(core, [PEERS], answers, bound=True)
    bench.said(0, Hello(PROTOCOL, "producer", "x", INSTANCES[0], JOB.digest, ()), memoryview(JOB.canonical))
    bench.said(1, Hello(PROTOCOL, "worker", "y", INSTANCES[1], b"", ()), None)
    bench.said(0, Open(1, "a", 0, 0, False, 6, 8, 4, (1, 30), (30, 1), 9, "clip.mp4", "", 0), None)  # noqa: FBT003
    bench.step(("edge", 0))
    bench.said(0, Show(1, "a", 1, PICTURES), None)
    bench.step(("edge", 0))
    return bench


def producer_bench(*, draws: bool = True) -> Bench:
    """A producer of two streams that has a collector, and a worker with room."""
    headers = tuple(StreamHeader(name, 8, 4, Fraction(1, 30), Fraction(30), 9, "clip.mp4") for name in STREAMS)
    settings = ProducerSettings("p", JOB, COLLECTOR, headers, 4, token=TOKEN, shm=(1, 3, 4096, 4, 24), timeout_s=30.0)
    core = ProducerCore(settings, INSTANCES[0], itertools.count(1).__next__)
    captured = dict.fromkeys(STREAMS, 0)

    def lend(action: producing.Lend) -> list[Any]:
        answers: list[Any] = []
        for slot in action.slots:
            captured[action.stream] += 1
            if captured[action.stream] > 9:
                return [*answers, *core.source_ended(action.stream, Ending.COMPLETE, "", bench.now)]
            answers += core.captured(action.stream, slot, 1, (8, 4), (0.001, 0.001), bench.now)
        return answers

    def read(action: producing.ReadModel) -> list[Any]:
        data = MODEL[action.offset :] if action.offset else None
        return core.model_read(action.session, action.sha256, action.offset, data, bench.now)

    answers: dict[type, Answer] = {
        producing.Lend: lend,
        producing.ReadModel: read,
        producing.MakePictures: lambda a: core.pictures_made(a.stream, (1, 4, 4096, a.slots, 48), TOKEN, bench.now),
        producing.EncodePicture: lambda a: core.picture_encoded(
            a.stream, a.seq, bytes(a.seq % 3 * 200_000), "it failed", bench.now
        ),
    }
    bench = Bench(core, [upstream.LINK, fleet.LINK, fleet.LINK], answers, bound=True)
    bench.said(0, Welcome(1, bytes(16), b"", "", None, 0), None)
    for stream in STREAMS:
        bench.said(0, Opened(1, stream, 1, 0, draws), None)
    if draws:  # nothing is captured before there is memory for the pictures
        for _ in range(4 * len(STREAMS)):
            bench.step(("edge", 0))
    bench.said(1, Hello(PROTOCOL, "worker", "x", INSTANCES[1], b"", ()), None)
    bench.said(1, Credit(1, "ready", 3, 0, b""), None)
    return bench


def worker_bench() -> Bench:
    """A worker of two producers, which the first has admitted, as has its collector."""
    producers = ["tcp://127.0.0.1:7000", "tcp://127.0.0.1:7001"]
    core = WorkerCore(name="w", instance=INSTANCES[1], producers=producers, facts={"device": "CPU"}, timeout_s=30.0)

    def submitted(action: working.Submit) -> list[Any]:
        error = "" if action.token % 3 else "it failed"
        found = 0 if error else 1
        return core.completed([Completed(action.token, bytes(24 * found), found, error, 10)], bench.now)

    answers: dict[type, Answer] = {
        working.Prepare: lambda a: core.prepared(a.digest, ((SHA, len(MODEL)),), bench.now),
        working.Store: lambda a: core.stored(a.digest, a.sha256, bench.now, ok=bytes(a.data) == MODEL),
        working.Load: lambda a: core.loaded(a.digest, 2, 4, bench.now),
        working.Attach: lambda a: core.attached(a.link, a.session, TOKEN, bench.now),
        working.Connect: lambda _: [],
        working.Submit: submitted,
    }
    bench = Bench(core, ["producer:0", "producer:1", f"collector:{COLLECTOR}"], answers, bound=False)
    # A worker does nothing before it is admitted and has a model: give it a start.
    bench.said(0, Welcome(1, bytes(16), JOB.digest, COLLECTOR, (1, 3, 4096, 4, 24), 0), memoryview(JOB.canonical))
    bench.said(2, Welcome(2, bytes(16), b"", "", None, 0), None)
    bench.step(("edge", 0))
    return bench
