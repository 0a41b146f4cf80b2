"""Every core against peers that say anything at any time: it never raises, keeps its invariants, and speaks well."""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import actions as collecting
from collector.core import LINK as PEERS
from collector.core import CollectorCore
from common.actions import Finish, Send
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec
from common.jpeg import jpeg_size
from common.messages import PROTOCOL, Credit, Hello, Message, Open, Opened, Picture, ResultItem, Results, Show, Welcome
from common.rows import Ending, StreamHeader
from common.transport import SERVER, Outcome
from common.wire import decode, encode
from producer import actions as producing
from producer import fleet, upstream
from producer.core import ProducerCore
from producer.settings import ProducerSettings
from tests.fuzz.harness import fuzzed
from tests.fuzz.plausible import INSTANCES, PICTURES, STREAMS, TOKEN, small
from worker import actions as working
from worker.core import WorkerCore
from worker.results import Completed

pytestmark = pytest.mark.fuzz

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
PAYLOADS: Final = st.sampled_from(
    [
        *(None, None, PIXELS, JPEG, JPEG),
        *(memoryview(bytes(24)), memoryview(bytes(48)), memoryview(JOB.canonical), memoryview(MODEL)),
    ]
)
SAID: Final = st.tuples(
    st.sampled_from(["said", "said", "said"]),
    st.integers(0, 2),
    small(JOB.digest, SHA, COLLECTOR),
    PAYLOADS,
)
WAITS: Final = st.tuples(st.just("waits"), st.sampled_from([0.0, 0.01, 0.3, 1.1, 11.0]))
EDGE: Final = st.tuples(st.just("edge"), st.integers(0, 3))
FAILS: Final = st.tuples(st.just("fails"), st.sampled_from([Outcome.FULL, Outcome.GONE]))
ENDS: Final = st.tuples(st.just("ends"))
STEPS: Final = st.lists(st.one_of(SAID, SAID, SAID, WAITS, EDGE, EDGE, FAILS), max_size=60)
"""What happens to a core; how it ends is drawn apart, since nothing follows it."""

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


INTERRUPTS: Final = st.integers(0, 2)

_LOW: Final = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
_PIECES: Final = st.sampled_from(
    [
        *((0, 0, 0, None), (3, 0, 0, None), (4, 0, 0, None), (-1, 0, 0, None)),
        *((-1, 0, 24, JPEG), (-1, 0, 48, JPEG), (-1, 24, 48, JPEG), (-1, 0, 24, memoryview(bytes(24)))),
    ]
)
"""Slot, offset, size and payload of a picture."""


def _picture(seq: int, piece: tuple[int, int, int, memoryview | None]) -> tuple[str, int, Message, memoryview | None]:
    slot, offset, size, payload = piece
    return "said", 0, Picture(1, "a", 1, seq, 8, 4, slot, offset, size), payload


def _result(seq: int) -> tuple[str, int, Message, None]:
    return "said", 1, Results(2, JOB.digest, (ResultItem("a", 1, seq, 1, seq, 0, 5, 7),)), None


DRAWN: Final = st.one_of(st.builds(_picture, _LOW, _PIECES), st.builds(_result, _LOW))
"""The stream `a`, its pictures and results: what random messages about anything seldom are."""
COLLECTED: Final = st.lists(st.one_of(SAID, SAID, DRAWN, DRAWN, WAITS, EDGE, EDGE, FAILS), min_size=10, max_size=60)


@fuzzed
@given(steps=COLLECTED, interrupts=INTERRUPTS, durable=st.booleans(), draws=st.booleans(), single=st.booleans())
def test_a_collector_survives_anything(
    steps: list[tuple[Any, ...]], interrupts: int, *, durable: bool, draws: bool, single: bool
) -> None:
    """Whatever producers and workers say, rows go out in order, and only written ones are acknowledged."""
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
        assert action.offer == PICTURES
        return core.attached(action, TOKEN if bench.now % 1 < 0.5 else b"", bench.now)

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
    # The outputs are one queue: the edge answers in the order of the actions.
    bench.run([("edge", 0) if what[0] == "edge" else what for what in steps], interrupts)


@fuzzed
@given(steps=STEPS, interrupts=INTERRUPTS, draws=st.booleans())
def test_a_producer_survives_anything(steps: list[tuple[Any, ...]], interrupts: int, *, draws: bool) -> None:
    """Whatever workers and the collector say, every frame keeps its slot until it is acknowledged."""
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
    bench.run(steps, interrupts)


@fuzzed
@given(STEPS, INTERRUPTS)
def test_a_worker_survives_anything(steps: list[tuple[Any, ...]], interrupts: int) -> None:
    """Whatever producers and collectors say, it holds no more than it may and answers for what it took."""
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
    bench.run(steps, interrupts)
