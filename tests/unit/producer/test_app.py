"""The producer's edge: slots, model files, and what its threads report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from common.actions import Finish, Send, Slot
from common.exits import Exit
from common.messages import Beat
from common.rows import Ending
from common.shm import Segment
from common.transport import FULL, Outcome
from producer.actions import Action, EncodePicture, Lend, MakePictures, Pack, ReadModel, StartCapture, StopCapture
from producer.app import JOIN_S, ProducerEdge
from producer.capture import CaptureBehind, Captured, CaptureEnded
from producer.model_reader import ModelPiece
from producer.picture_memory import PictureMemory
from producer.picture_thread import PictureEncoded, PicturesMade


class NotingCore:
    """Notes what the edge tells it."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def source_behind(self, *event: Any) -> list[Action]:  # noqa: ANN401
        """See `ProducerCore.source_behind`."""
        self.told.append(("behind", *event))
        return []

    def captured(self, *event: Any, ready_at: float, picture_s: float | None) -> list[Action]:  # noqa: ANN401
        """See `ProducerCore.captured`."""
        self.told.append(("captured", *event, ready_at, picture_s))
        return [StopCapture("s")]

    def source_ended(self, *event: Any) -> list[Action]:  # noqa: ANN401
        """See `ProducerCore.source_ended`."""
        self.told.append(("ended", *event))
        return []

    def pictures_made(self, *event: Any) -> list[Action]:  # noqa: ANN401
        """See `ProducerCore.pictures_made`."""
        self.told.append(("made", *event))
        return [StartCapture("s", 0)]

    def picture_encoded(self, *event: Any) -> list[Action]:  # noqa: ANN401
        """See `ProducerCore.picture_encoded`."""
        self.told.append(("encoded", *event))
        return []

    def model_read(self, *event: Any) -> list[Action]:  # noqa: ANN401
        """See `ProducerCore.model_read`."""
        self.told.append(("model", *event))
        return []


class NotingCapture:
    """Notes what the edge asks of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []

    def start(self, first: int) -> None:
        """See `Capture.start`."""
        self.asked.append(("start", first))

    def lend(self, slot: int) -> None:
        """See `Capture.lend`."""
        self.asked.append(("lend", slot))

    def decode_late(self) -> None:
        """See `Capture.decode_late`."""

    def keep_pictures(self, pictures: object) -> None:
        """See `Capture.keep_pictures`."""
        self.asked.append(("keep", pictures))

    def stop(self) -> None:
        """See `Capture.stop`."""
        self.asked.append(("stop", None))

    def join(self, timeout_s: float) -> None:
        """See `Capture.join`."""
        self.asked.append(("join", timeout_s > 0))


class NotingReader:
    """Notes which pieces are asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, bytes, int]] = []

    def read(self, session: int, sha256: bytes, offset: int) -> None:
        """See `ModelReader.read`."""
        self.asked.append((session, sha256, offset))

    def close(self) -> None:
        """See `ModelReader.close`."""


class NotingPictures:
    """Notes which pictures are wanted."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def make(self, wanted: MakePictures) -> None:
        """See `PictureThread.make`."""
        self.asked.append(("make", wanted))

    def encode(self, *wanted: object) -> None:
        """See `PictureThread.encode`."""
        self.asked.append(("encode", *wanted))

    def close(self) -> None:
        """See `PictureThread.close`."""
        self.asked.append(("close",))


class NotingPacker:
    """Notes which frames are to be encoded."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def pack(self, wanted: Pack) -> None:
        """See `Packer.pack`."""
        self.asked.append(wanted)

    def close(self) -> None:
        """See `Packer.close`."""
        self.asked.append("close")


class UnderWay:
    """A receipt of a payload that is being read."""

    outcome = Outcome.SENT
    finished = False

    def done(self) -> bool:
        """See `Receipt.done`."""
        return self.finished


class Bench:
    """An edge over one stream and two slots."""

    def __init__(self) -> None:
        self.core, self.capture, self.segment = NotingCore(), NotingCapture(), Segment.create(2, 8)
        self.reader, self.pictures = NotingReader(), NotingPictures()
        self.packer = NotingPacker()
        captures: Any = {"s": self.capture}
        self.attended: list[bool] = []
        parts: Any = (self.segment, self.reader, self.pictures, self.packer, self.attended.append)
        self.edge = ProducerEdge(self.core, captures, *parts)  # type: ignore[arg-type]


def test_a_slot_is_lent_clean_and_not_before_its_last_send_is_done() -> None:
    """A zero-copy send that is under way keeps the decoder away; earlier marks are gone when it may write."""
    bench, receipt = Bench(), UnderWay()
    bench.segment._views.cells[1, 1] = (9, 1)
    assert bench.segment.mark_of(1, session=9, attempt=1)
    bench.edge.on_send(Send("work", b"w", Beat(1), Slot(1)), receipt)
    bench.edge.perform(Lend("s", (1,)), 0.0)
    bench.edge.perform(Lend("s", (0,)), 0.0)
    assert bench.capture.asked == [("lend", [0])]
    receipt.finished = True
    bench.edge.handle([], 0.0)
    assert bench.capture.asked == [("lend", [0]), ("lend", [1])]
    assert not bench.segment.mark_of(1, session=9, attempt=1)


@pytest.mark.parametrize(
    ("send", "receipt"), [(Send("work", b"w", Beat(1)), UnderWay()), (Send("work", b"w", Beat(1), Slot(0)), FULL)]
)
def test_a_send_without_a_slot_or_that_failed_holds_nothing_up(send: Send, receipt: UnderWay) -> None:
    """Only a slot that is really being read is."""
    bench = Bench()
    bench.edge.on_send(send, receipt)
    bench.edge.perform(Lend("s", (0,)), 0.0)
    assert bench.capture.asked == [("lend", [0])]


def test_a_payload_is_the_slot_itself() -> None:
    """No copy is made of it."""
    bench = Bench()
    bench.segment.pixels(1)[:] = 7
    view = bench.edge.payload(Slot(1))
    bench.segment.pixels(1)[0] = 8
    assert bytes(view) == bytes([8, *[7] * 7])
    assert np.shares_memory(np.asarray(view), bench.segment.pixels(1))


def test_captures_are_started_and_stopped_and_their_events_reach_the_core_in_order() -> None:
    """The answers come back in the same order."""
    bench = Bench()
    bench.edge.perform(StartCapture("s", 4), 0.0)
    bench.edge.perform(StopCapture("s"), 0.0)
    assert bench.capture.asked == [("start", 4), ("stop", None)]
    captured = Captured("s", 0, 40, 640, 480, 4.9, 0.002, 0.001)
    assert bench.edge.handle([captured, CaptureEnded("s", Ending.INCOMPLETE, "damaged")], 5.0) == [StopCapture("s")]
    assert bench.edge.handle([CaptureBehind("s", 1.5)], 6.0) == []
    assert bench.core.told == [
        ("captured", "s", 0, 40, (640, 480), (0.002, 0.001), 5.0, 4.9, None),
        ("ended", "s", Ending.INCOMPLETE, "damaged", 5.0),
        ("behind", "s", 1.5, 6.0),
    ]


def test_a_piece_of_the_model_is_read_by_the_reader_and_told_to_the_core() -> None:
    """The loop waits for no disk."""
    bench = Bench()
    bench.edge.perform(ReadModel(1, b"d" * 32, 4), 0.0)
    assert bench.reader.asked == [(1, b"d" * 32, 4)]
    bench.edge.handle([ModelPiece(1, b"d" * 32, 4, b"rest")], 5.0)
    assert bench.core.told == [("model", 1, b"d" * 32, 4, b"rest", 5.0)]


def test_pictures_are_kept_from_when_there_is_memory_for_them() -> None:
    """The capture has it before the core, which then starts it; what is to be encoded lies there."""
    bench, wanted = Bench(), MakePictures("s", 0, 2, 8, 4)
    bench.edge.perform(wanted, 0.0)
    memory = PictureMemory(wanted)
    assert bench.edge.handle([PicturesMade("s", memory)], 5.0) == [StartCapture("s", 0)]
    assert bench.capture.asked == [("keep", memory)]
    assert bench.core.told == [("made", "s", memory.offer(), memory.token, 5.0)]
    bench.edge.perform(EncodePicture("s", 7, 1), 5.0)
    assert bench.pictures.asked == [("make", wanted), ("encode", "s", 7, memory, 1)]
    bench.edge.handle([PictureEncoded("s", 7, b"jpeg", "")], 6.0)
    assert bench.core.told[-1] == ("encoded", "s", 7, b"jpeg", "", 6.0)
    bench.edge.close()
    assert (memory.offer(), bench.pictures.asked[-1]) == (None, ("close",))


def test_a_stream_without_memory_for_its_pictures_ends() -> None:
    """Incomplete, before it captured anything; the others go on."""
    bench = Bench()
    bench.edge.handle([PicturesMade("s", "there is none")], 5.0)
    assert bench.core.told == [("ended", "s", Ending.INCOMPLETE, "there is none", 5.0)]
    assert bench.capture.asked == []


def test_closing_stops_every_capture_and_withdraws_the_segment() -> None:
    """Nobody decodes or attaches any more."""
    bench = Bench()
    bench.edge.close()
    assert bench.capture.asked == [("stop", None), ("join", True)]
    assert bench.segment.offer() is None


def test_decoders_that_hang_share_one_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many streams on a dead disk, leaving takes no longer than with one."""
    asked: list[float] = []
    clock = iter([10.0, 10.0, 10.0 + JOIN_S, 11.0 + JOIN_S])
    monkeypatch.setattr("producer.app.time.monotonic", lambda: next(clock))
    captures = {name: NotingCapture() for name in "abc"}
    for capture in captures.values():
        monkeypatch.setattr(capture, "join", asked.append)
    parts: Any = (captures, Segment.create(2, 8), NotingReader(), NotingPictures(), NotingPacker(), lambda _: None)
    ProducerEdge(NotingCore(), *parts).close()  # type: ignore[arg-type]
    assert asked == [JOIN_S, 0.0, 0.0]


def test_an_action_of_another_owner_is_a_defect() -> None:
    """It is not passed over in silence."""
    with pytest.raises(TypeError, match="Finish"):
        Bench().edge.perform(Finish(Exit.OK), 0.0)
