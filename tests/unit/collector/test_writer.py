"""The sink thread: order, answers after the write, one failure told, and when it syncs."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.jsonl import JsonlSink
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.writer import SYNC_EVERY_S, SinkWriter, SyncPolicy, _joined, _Stop
from common.errors import OutputError
from common.rows import Ending, Row, Status, StreamHeader

HEADER = StreamHeader("a", 64, 48, Fraction(1, 30), Fraction(30))
DIGEST = "ab" * 32
DEADLINE_S = 20


def row(frame: int) -> Row:
    """A row without detections."""
    return Row("a", frame, frame, Status.DROPPED, "late")


def opened(path: Path) -> Outputs:
    """The outputs of a run that writes JSON lines."""
    return Outputs.open([JsonlSink(OutputPath(path), overwrite=False)], force=False, resume=False)


class Desk:
    """A writer on a file, and what it has answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: queue.Queue[tuple[str, object]] = queue.Queue()
        self.writer = SinkWriter(
            opened(path),
            on_written=lambda written: self.answers.put(("written", written)),
            on_ended=lambda stream: self.answers.put(("ended", stream)),
            on_error=lambda error: self.answers.put(("error", error)),
        )

    def answer(self) -> tuple[str, object]:
        """The next answer."""
        return self.answers.get(timeout=DEADLINE_S)

    def frames(self) -> list[int]:
        """What the file holds now."""
        return [json.loads(line)["frame"] for line in self.path.read_text().splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A started writer whose stream has begun."""
    desk = Desk(tmp_path / "out.jsonl")
    desk.writer.start()
    desk.writer.begin(HEADER, 1, DIGEST, ())
    assert desk.answer() == ("written", {"a": 0})
    yield desk
    desk.writer.stop()


def test_an_answer_comes_after_the_bytes(desk: Desk) -> None:
    """What is reported as written can be read."""
    desk.writer.submit([row(0), row(1)])
    assert desk.answer() == ("written", {"a": 2})
    assert desk.frames() == [0, 1]


def test_an_ending_is_on_record_when_it_is_told(desk: Desk) -> None:
    """The journal has the ending, after all rows."""
    desk.writer.submit([row(0)])
    desk.writer.end("a", Ending.COMPLETE, 1, "")
    assert [desk.answer(), desk.answer()] == [("written", {"a": 1}), ("ended", "a")]
    last = Path(f"{desk.path}.journal").read_text().splitlines()[-1]
    assert json.loads(last)["event"] == "end"


def test_stop_writes_what_is_queued(tmp_path: Path) -> None:
    """Everything submitted before is in the file, the run is finished, and a second stop is harmless."""
    desk = Desk(tmp_path / "out.jsonl")
    desk.writer.begin(HEADER, 1, DIGEST, ())
    for frame in range(50):
        desk.writer.submit([row(frame)])
    desk.writer.end("a", Ending.COMPLETE, 50, "")
    desk.writer.start()
    desk.writer.stop()
    desk.writer.stop()
    assert desk.frames() == list(range(50))
    assert desk.answers.qsize() == 3, "fifty rows that waited are one write"
    with pytest.raises(OutputError, match="finished"):
        opened(desk.path)


def test_a_failure_is_told_and_ends_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error nothing is written, and the output is free for the next collector."""

    def full(handle: int, data: memoryview, offset: int) -> int:
        del handle, data, offset
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", full)
        desk.writer.submit([row(0)])
        kind, error = desk.answer()
        desk.writer.stop()
    assert kind == "error"
    assert isinstance(error, OutputError)
    desk.writer.submit([row(0)])
    desk.writer.stop()
    assert desk.frames() == []
    opened(desk.path).close()


def test_a_defect_is_told_too(desk: Desk) -> None:
    """A row out of turn is not swallowed by the thread."""
    desk.writer.submit([row(7)])
    kind, error = desk.answer()
    assert kind == "error"
    assert isinstance(error, ValueError)


def test_neighbouring_batches_become_one() -> None:
    """Rows never pass what was queued between them, and the given sequences are not changed."""
    first, stop = [row(0)], _Stop()
    assert _joined([first, [row(1)], stop, [row(2)]]) == [[row(0), row(1)], stop, [row(2)]]
    assert first == [row(0)]


@given(start=st.floats(0, 1e6), later=st.floats(0, 10))
def test_a_sync_is_due_a_second_after_the_first_write(start: float, later: float) -> None:
    """Later writes do not put it off, and without a write none is due."""
    policy = SyncPolicy()
    assert policy.wait_s(start) is None
    policy.wrote(start)
    policy.wrote(start + later)
    wait = policy.wait_s(start + later)
    assert wait == pytest.approx(max(0.0, SYNC_EVERY_S - later), abs=1e-6)
    policy.synced()
    assert policy.wait_s(start + later) is None


def test_a_sync_follows_without_another_write(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread wakes for it by itself."""
    synced: queue.Queue[int] = queue.Queue()
    monkeypatch.setattr("collector.writer.SYNC_EVERY_S", 0.01)
    monkeypatch.setattr("os.fsync", synced.put)
    desk.writer.submit([row(0)])
    synced.get(timeout=DEADLINE_S)
