"""The collector's edge: what reaches the sinks, and what the core hears of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from select import select
from typing import Any

import numpy as np
import pytest

from collector.actions import Action, Attach, Begin, Emit, EndStream, Keep
from collector.edge import PROGRESS_EVERY_S, CollectorEdge, Damaged, SinkEvent
from collector.jsonl import JsonlSink
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.picture_store import PictureStore
from collector.writer import SLOW_S
from common.actions import Finish, Notice
from common.errors import OutputError
from common.exits import Exit
from common.mailbox import Mailbox
from common.picture import picture_bytes
from common.rows import Ending, Row, Status, StreamHeader
from common.sayings import Saying
from common.shm import Segment
from tests.unit.collector.playbook import only

PATIENCE_S = 10.0
HEADER = StreamHeader("a", 64, 48, Fraction(1, 25), Fraction(25), 2)
BEGIN = Begin(HEADER, 1, "ab" * 32, ("person",), 0)


class NotingCore:
    """Notes what the edge tells it."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def written(self, nexts: dict[str, int], now: float) -> list[Action]:  # noqa: ARG002 - the core's signature
        """See `CollectorCore.written`."""
        self.told.append(("written", nexts))
        return []

    def ended(self, stream: str, now: float) -> list[Action]:  # noqa: ARG002
        """See `CollectorCore.ended`."""
        self.told.append(("ended", stream))
        return []

    def attached(self, attach: Attach, token: bytes, now: float) -> list[Action]:  # noqa: ARG002
        """See `CollectorCore.attached`."""
        self.told.append(("attached", attach.stream, token))
        return []

    def stalled(self, state: str, now: float) -> None:  # noqa: ARG002
        """See `CollectorCore.stalled`."""
        self.told.append(("stalled", state))

    def undrawable(self) -> None:
        """See `CollectorCore.undrawable`."""
        self.told.append(("undrawable",))

    def sink_failed(self, text: str, now: float) -> list[Action]:  # noqa: ARG002
        """See `CollectorCore.sink_failed`."""
        self.told.append(("failed", text))
        return [Finish(Exit.OUTPUT, text)]


class Bench:
    """An edge over one output."""

    def __init__(self, outputs: Outputs) -> None:
        self.core, self.mailbox, self.said = NotingCore(), Mailbox[SinkEvent](), list[Saying]()
        self.pictures = PictureStore(on_damaged=lambda: self.mailbox.put(Damaged()))
        self.edge = CollectorEdge(self.core, outputs, self.pictures, self.mailbox, self.said.append)  # type: ignore[arg-type]

    def until(self, fact: tuple[Any, ...], now: float = 0.0) -> list[Action]:
        """Turn until the core is told this."""
        actions: list[Action] = []
        while fact not in self.core.told:
            assert select([self.mailbox.fileno()], [], [], PATIENCE_S)[0], self.core.told
            actions += self.edge.handle(self.mailbox.drain(), now)
        return actions


def row(seq: int) -> Row:
    """A row with one detection."""
    return Row("a", seq, seq, Status.OK, "", np.array([[1, 2, 3, 4, 0.5, 0]], np.float32))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An edge that writes to out.jsonl."""
    made = Bench(
        Outputs.open([JsonlSink(OutputPath(tmp_path / "out.jsonl"), overwrite=False)], force=False, resume=False)
    )
    yield made
    made.mailbox.close()


def test_rows_are_written_and_each_step_is_reported(bench: Bench, tmp_path: Path) -> None:
    """The core hears of a beginning, of rows and of an ending after they are in the file."""
    bench.edge.perform(BEGIN, 0.0)
    bench.until(("written", {"a": 0}))
    bench.edge.perform(Emit((row(0), row(1))), 0.0)
    bench.until(("written", {"a": 2}))
    assert [json.loads(line)["frame"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == [0, 1]
    bench.edge.perform(EndStream("a", Ending.COMPLETE, 2, ""), 0.0)
    bench.until(("ended", "a"))
    bench.edge.close()


def test_progress_is_told_now_and_then(bench: Bench) -> None:
    """Not before there is a stream, not before the time, and only where something moved."""
    bench.edge.handle([], 100.0)
    bench.edge.perform(BEGIN, 100.0)
    bench.edge.perform(Emit((row(0),)), 100.0)
    bench.until(("written", {"a": 1}), 100.0)
    assert bench.said == []
    bench.edge.handle([], 100.0 + PROGRESS_EVERY_S)
    assert [said[:3] for said in bench.said] == [("a", 1, 2)]
    bench.edge.handle([], 100.0 + 3 * PROGRESS_EVERY_S)
    assert len(bench.said) == 1
    bench.edge.close()


def test_a_producer_s_memory_is_mapped(bench: Bench) -> None:
    """And what is read there is told; people hear of it where that cannot be."""
    segment = Segment.create(2, picture_bytes(64, 48))
    offer = segment.offer()
    assert offer is not None
    where = (offer.pid, offer.fd, offer.size, offer.slots, offer.slot_bytes)
    bench.edge.perform(BEGIN, 0.0)
    assert bench.edge.perform(Attach("a", 1, where), 0.0) == []
    segment.close()
    notice = only(Notice, bench.edge.perform(Attach("a", 1, where), 0.0))
    assert notice.text.startswith("stream a: pictures are sent, as no memory is shared with its producer (")
    attached = [told for told in bench.core.told if told[0] == "attached"]
    assert attached == [("attached", "a", segment.token), ("attached", "a", b"")]
    bench.edge.close()


def test_pictures_are_kept_until_their_frames_are_written(bench: Bench) -> None:
    """Nobody draws here, so nobody else takes them; one that is damaged is told to the core."""
    bench.edge.perform(BEGIN, 0.0)
    for seq in range(3):
        bench.edge.perform(Keep("a", seq, 64, 48, -1, b"no picture"), 0.0)
    bench.edge.perform(Emit((row(0),)), 0.0)
    bench.until(("written", {"a": 1}))
    assert len(bench.pictures) == 2
    assert bench.pictures.take("a", 1) is None
    bench.until(("undrawable",))
    bench.edge.perform(Emit((row(1),)), 0.0)
    bench.edge.perform(EndStream("a", Ending.INCOMPLETE, 2, ""), 0.0)
    bench.until(("ended", "a"))
    assert len(bench.pictures) == 0
    bench.edge.close()


def test_an_output_that_hangs_is_told_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on, and says what it waits for; and that it is over."""
    entered, leave = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        entered.set()
        assert leave.wait(PATIENCE_S)

    monkeypatch.setattr(Outputs, "begin", hang)
    monkeypatch.setattr(Outputs, "written", {"a": 0})
    bench.edge.perform(BEGIN, 0.0)
    assert entered.wait(PATIENCE_S)
    now = time.monotonic()
    for later in (0, SLOW_S + 1, SLOW_S + 2):
        bench.edge.handle([], now + later)
    assert [notice.text for notice in bench.said if isinstance(notice, Notice)] == [
        "an output has not taken its rows for 10 s: its disk or its encoder hangs"
    ]
    leave.set()
    bench.until(("written", {"a": 0}), now + SLOW_S + 3)
    bench.edge.handle([], now + SLOW_S + 3)
    assert isinstance(bench.said[-1], Notice)
    assert bench.said[-1].text == "the output takes rows again"
    assert [what for what in bench.core.told if what[0] == "stalled"] == [("stalled", "slow"), ("stalled", "ok")]
    bench.edge.close()


def failing(error: Exception) -> Callable[..., None]:
    """A method that does nothing but fail."""

    def fail(*_: object) -> None:
        raise error

    return fail


def test_an_output_that_fails_is_told_to_the_core(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core ends the run with the reason; closing does not tell it a second time."""
    monkeypatch.setattr(Outputs, "begin", failing(OutputError("out.jsonl cannot be written", "make room")))
    bench.edge.perform(BEGIN, 0.0)
    text = "out.jsonl cannot be written: make room"
    assert bench.until(("failed", text)) == [Finish(Exit.OUTPUT, text)]
    bench.edge.close()


def test_a_defect_of_a_sink_is_raised_in_the_loop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no failure of the user's disk, so it must not look like one."""
    monkeypatch.setattr(Outputs, "begin", failing(ZeroDivisionError("oops")))
    bench.edge.perform(BEGIN, 0.0)
    with pytest.raises(ZeroDivisionError, match="oops"):
        bench.until(("never",))
    bench.edge.close()


def test_a_failure_to_close_is_raised(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that may not be on the disk are no success, even when all else was said and done."""
    monkeypatch.setattr(Outputs, "sync", failing(OutputError("out.jsonl cannot be synced")))
    with pytest.raises(OutputError, match="cannot be synced"):
        bench.edge.close()


def test_a_failure_after_the_core_s_end_is_raised(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core has finished, so that it says nothing of it, or the loop does not even look any more."""
    monkeypatch.setattr(Outputs, "begin", failing(OutputError("out.jsonl cannot be written")))
    monkeypatch.setattr(NotingCore, "sink_failed", lambda *_: [])
    bench.edge.perform(BEGIN, 0.0)
    assert select([bench.mailbox.fileno()], [], [], PATIENCE_S)[0]
    assert bench.edge.handle(bench.mailbox.drain(), 0.0) == []
    with pytest.raises(OutputError, match="cannot be written"):
        bench.edge.close()


def test_an_action_of_another_owner_is_a_defect(bench: Bench) -> None:
    """It is not passed over in silence."""
    with pytest.raises(TypeError, match="Finish"):
        bench.edge.perform(Finish(Exit.OK), 0.0)
    bench.edge.close()


def test_without_a_durable_output_a_stream_continues_where_its_producer_is() -> None:
    """A collector that kept nothing takes the frames after those that its predecessor acknowledged."""
    bench = Bench(Outputs.open([], force=False, resume=False))
    bench.edge.perform(BEGIN._replace(start=1), 0.0)
    bench.edge.perform(Emit((row(1),)), 0.0)
    bench.until(("written", {"a": 2}))
    bench.edge.close()
    bench.mailbox.close()
