"""The worker's side effects: memory, engines, links. The core is real, the engine records."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from common.actions import Finish, Notice, Send
from common.errors import DeviceError, NetworkError
from common.exits import Exit
from common.mailbox import Mailbox
from common.messages import Credit, Fault, Results, Welcome, Work, WorkItem
from common.shm import Segment
from tests.unit.worker.playbook import (
    COLLECTOR,
    COLLECTOR_ADDRESS,
    COLLECTOR_SESSION,
    JOB,
    PIXELS,
    PRODUCER,
    SESSION,
    of,
)
from worker.actions import Action, Attach, Connect, Detach, Regulate, Submit, Unload
from worker.core import WorkerCore
from worker.edge import WorkerEdge
from worker.engine import NEUTRAL, Completion, EngineInfo, EngineOptions
from worker.loader import Broken, Event, Failed, Loaded, Loader, Prepared
from worker.model_store import ModelStore
from worker.pace import AT_ONCE, Pace
from worker.unpacking import Unpacker

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOW = 100.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is shared on Linux only")


@dataclass
class RecordingEngine:
    """Keeps what is submitted."""

    requests: int = 2
    depth: int = 3
    pace: Pace = AT_ONCE
    info: EngineInfo = field(default_factory=lambda: EngineInfo("fake", "CPU", "A chip", "f32", 2, 2, "1"))
    submitted: list[tuple[int, NDArray[np.uint8], tuple[int, int]]] = field(default_factory=list)
    broken: bool = False

    def submit(self, token: int, pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> None:
        """Keep a frame, or refuse it."""
        if self.broken:
            raise DeviceError("the device is gone", "restart the worker")
        self.submitted.append((token, pixels, frame_size))

    def close(self) -> None:
        """Do nothing."""


class Bench:
    """A core and an edge whose links are recorded."""

    def __init__(self, root: Path, transport: str = "auto") -> None:
        self.core = WorkerCore(name="w", instance=b"i" * 16, producers=["tcp://127.0.0.1:7000"], facts={})
        self.mailbox: Mailbox[Event] = Mailbox()
        self.loader = Loader(ModelStore(root), EngineOptions(), self.mailbox)
        self.links: dict[str, str] = {}
        addresses = {PRODUCER: "tcp://127.0.0.1:7000"}
        self.edge = WorkerEdge(
            self.core, self.loader, Unpacker(self.mailbox.put), self._open_link, addresses, transport
        )
        self.engine = RecordingEngine()
        self.core.start(NOW)

    def ready(self, segment: Segment | None = None) -> list[Action]:
        """Go to where frames are taken; returns everything that the core and the edge said."""
        offer = segment.offer() if segment else None
        fields = (offer.pid, offer.fd, offer.size, offer.slots, offer.slot_bytes) if offer else None
        welcome = Welcome(SESSION, b"p" * 16, JOB.digest, COLLECTOR_ADDRESS, fields, 0)
        actions = self.run(self.core.receive(PRODUCER, b"", welcome, memoryview(JOB.canonical), NOW))
        actions += self.run(self.edge.handle([Prepared(JOB.digest, ())], NOW))
        actions += self.run(self.edge.handle([Loaded(JOB.digest, self.engine)], NOW))
        collector = Welcome(COLLECTOR_SESSION, b"c" * 16, b"", "", None, 0)
        return actions + self.run(self.core.receive(COLLECTOR, b"", collector, None, NOW))

    def work(self, slot: int = -1) -> list[Action]:
        """Have a frame arrive."""
        message = Work(SESSION, (WorkItem("s", 1, 0, 2, 0, 640, 480, slot, 0, alone=False),))
        return self.run(self.core.receive(PRODUCER, b"", message, PIXELS if slot < 0 else None, NOW))

    def run(self, actions: list[Action]) -> list[Action]:
        """Do as the runner does: perform, and then what follows."""
        done: list[Action] = []
        while actions:
            action, *actions = actions
            done.append(action)
            if not isinstance(action, Send | Notice | Finish):
                actions += self.edge.perform(action, NOW)
        return done

    def _open_link(self, link: str, address: str) -> None:
        if "nowhere" in address:
            raise NetworkError("the host nowhere is not known", "check the name")
        self.links[link] = address


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Make a bench that is closed with the test."""
    bench = Bench(tmp_path)
    yield bench
    bench.edge.close()
    bench.mailbox.close()


def test_a_ready_engine_is_told_to_the_person_and_the_core(bench: Bench) -> None:
    """One line says on what, how precisely, and how many at a time."""
    actions = bench.ready()
    assert Notice("info", "ready on CPU (A chip), f32, 2 streams, 2 requests") in actions
    assert of(Credit, actions)[-1].capacity == 3
    assert bench.links == {COLLECTOR: COLLECTOR_ADDRESS}


def test_engines_that_are_here_and_those_that_come_keep_the_pace(bench: Bench) -> None:
    """It is the worker's, not one engine's."""
    paces = [Pace(3, 0.025), Pace(1, 0.025)]
    bench.edge.perform(Regulate(paces[0]), NOW)
    bench.ready()
    assert bench.engine.pace == paces[0]
    bench.edge.perform(Regulate(paces[1]), NOW)
    assert bench.engine.pace == paces[1]


def test_inline_pixels_reach_the_engine_without_a_copy(bench: Bench) -> None:
    """The engine reads the received message's own memory."""
    bench.ready()
    bench.work()
    [(token, pixels, frame_size)] = bench.engine.submitted
    assert (token, frame_size) == (1, (640, 480))
    assert np.shares_memory(pixels, np.frombuffer(PIXELS, np.uint8))


@linux
def test_a_slot_is_marked_and_read_in_place(bench: Bench) -> None:
    """The producer sees the mark; the engine gets exactly a frame's bytes, of a slot that may be larger."""
    segment = Segment.create(4, JOB.input.nbytes + 32)
    segment.pixels(3)[:] = 7
    bench.ready(segment)
    bench.work(slot=3)
    assert segment.mark_of(3, SESSION, 2)
    [(_, pixels, _)] = bench.engine.submitted
    assert pixels.nbytes == JOB.input.nbytes
    segment.pixels(3)[0] = 9
    assert pixels[0] == 9
    segment.close()


@linux
def test_attached_memory_is_announced_and_let_go(bench: Bench) -> None:
    """The credit proves it; after the detachment nothing of it is kept."""
    segment = Segment.create(4, JOB.input.nbytes)
    assert of(Credit, bench.ready(segment))[-1].token == segment.token
    bench.run([Detach(PRODUCER)])
    with pytest.raises(KeyError):
        bench.run([Submit(9, JOB.digest, PRODUCER, SESSION, 0, None, 0, (8, 4), 0, mark=True, seq=0)])
    segment.close()


def test_memory_out_of_reach_means_inline(bench: Bench) -> None:
    """The person is told why."""
    bench.ready()
    actions = bench.run([Attach(PRODUCER, SESSION, (2**31, 3, 4096 + 4096, 1, 8))])
    assert any("shares no memory" in notice.text for notice in of(Notice, actions))
    assert of(Credit, actions) == []


@linux
def test_who_wants_no_shared_memory_gets_none(tmp_path: Path) -> None:
    """With --transport inline the segment is not even opened."""
    bench = Bench(tmp_path, "inline")
    segment = Segment.create(4, JOB.input.nbytes)
    assert {credit.token for credit in of(Credit, bench.ready(segment))} == {b""}
    segment.close()
    bench.edge.close()
    bench.mailbox.close()


def test_who_wants_nothing_but_shared_memory_is_told_that_there_is_none(tmp_path: Path) -> None:
    """Both ways of not having it end the worker with the remedy."""
    bench = Bench(tmp_path, "shm")
    bench.ready()
    with pytest.raises(NetworkError, match="--transport auto"):
        bench.work()
    with pytest.raises(NetworkError, match="--transport auto"):
        bench.run([Attach(PRODUCER, SESSION, (2**31, 3, 4096, 1, 8))])
    bench.edge.close()
    bench.mailbox.close()


def test_a_device_that_takes_no_frame_is_lost(bench: Bench) -> None:
    """It does not take the grey picture either; the producer learns of both at once."""
    bench.ready()
    bench.engine.broken = True
    actions = bench.work()
    [fault] = of(Fault, actions)
    assert fault.text == "the device is gone: restart the worker"
    assert of(Finish, actions) == [Finish(Exit.DEVICE, f"the device was lost: {fault.text}")]


def test_completions_of_one_turn_travel_together(bench: Bench) -> None:
    """Two results are one message; a failed one is a fault when the engine has inferred a grey picture."""
    bench.ready()
    bench.work()
    message = Work(SESSION, (WorkItem("s", 1, 1, 0, 0, 640, 480, -1, 0, alone=False),))
    bench.run(bench.core.receive(PRODUCER, b"", message, PIXELS, NOW))
    rows = np.ones((2, 6), np.float32)
    actions = bench.run(bench.edge.handle([Completion(1, rows, "", 5), Completion(2, rows, "", 5)], NOW))
    [results] = of(Results, actions)
    assert [item.found for item in results.items] == [2, 2]
    [payload] = [action.payload for action in actions if isinstance(action, Send)]
    assert payload == rows.tobytes() * 2
    message = Work(SESSION, (message.items[0]._replace(seq=2),))
    bench.run(bench.core.receive(PRODUCER, b"", message, PIXELS, NOW))
    bench.run(bench.edge.handle([Completion(3, None, "no", 5)], NOW))
    token, pixels, size = bench.engine.submitted[-1]
    assert (token, set(pixels.tolist()), size) == (-1, {NEUTRAL}, (8, 16))
    assert len(of(Fault, bench.edge.handle([Completion(token, rows, "", 5)], NOW))) == 1


def test_a_model_that_fails_ends_with_the_code_of_its_cause(bench: Bench) -> None:
    """A missing device is no bad model."""
    bench.ready()
    [finish] = of(Finish, bench.edge.handle([Failed(JOB.digest, DeviceError("no GPU", "try CPU"))], NOW))
    assert finish == (Exit.DEVICE, "no GPU: try CPU")


def test_a_defect_of_the_loader_is_raised(bench: Bench) -> None:
    """It ends the process as any other defect."""
    with pytest.raises(ZeroDivisionError):
        bench.edge.handle([Broken(ZeroDivisionError())], NOW)


def test_a_collector_that_cannot_be_found_is_the_cores_to_decide(bench: Bench) -> None:
    """No link is opened."""
    welcome = Welcome(SESSION, b"p" * 16, JOB.digest, "tcp://nowhere:1", None, 0)
    actions = bench.run(bench.core.receive(PRODUCER, b"", welcome, memoryview(JOB.canonical), NOW))
    assert of(Connect, actions)
    assert of(Finish, actions) == [Finish(Exit.NETWORK, "the host nowhere is not known: check the name")]
    assert bench.links == {}


def test_an_unloaded_engine_takes_no_frames(bench: Bench) -> None:
    """It may be on its way out already."""
    bench.ready()
    bench.run([Unload(JOB.digest)])
    with pytest.raises(KeyError):
        bench.work()


def test_the_runners_actions_are_not_its_own(bench: Bench) -> None:
    """A mistake in the wiring shows at once."""
    with pytest.raises(TypeError):
        bench.edge.perform(Notice("info", ""), NOW)
