"""The sink thread: order, answers after the write, one failure told, and when it syncs."""

from __future__ import annotations

import errno
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.jsonl import JsonlSink
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.writer import SLOW_ROWS_MAX, SYNC_EVERY_S, SinkWriter, SyncPolicy, _joined, _Stop
from common.errors import DiskFullError, OutputError
from common.rows import Ending, Row, Status, StreamHeader

HEADER = StreamHeader("a", 64, 48, Fraction(1, 30), Fraction(30))
HEADER_B = StreamHeader("b", 64, 48, Fraction(1, 30), Fraction(30))
DIGEST = "ab" * 32
DEADLINE_S = 20


def row(frame: int) -> Row:
    """A row without detections."""
    return Row("a", frame, frame, Status.DROPPED, "late")


def refusing(number: int, told: Callable[[], None] = lambda: None) -> Callable[[int, memoryview, int], int]:
    """An `os.pwrite` that fails."""

    def refuse(handle: int, data: memoryview, offset: int) -> int:
        del handle, data, offset
        told()
        raise OSError(number, os.strerror(number))

    return refuse


def opened(path: Path) -> Outputs:
    """The outputs of a run that writes JSON lines."""
    return Outputs.open([JsonlSink(OutputPath(path), overwrite=False)], force=False, resume=False)


class Desk:
    """A writer on a file, and what it has answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: queue.Queue[tuple[str, object]] = queue.Queue()
        self.outputs = opened(path)
        self.writer = SinkWriter(
            self.outputs,
            on_written=lambda written: self.answers.put(("written", written)),
            on_ended=lambda stream: self.answers.put(("ended", stream)),
            on_error=lambda error: self.answers.put(("error", error)),
            on_notice=lambda notice: self.answers.put((notice.level, notice.text)),
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
    """Everything submitted before is in the file, the run can be finished, and a second stop is harmless."""
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
    desk.outputs.finish()
    with pytest.raises(OutputError, match="finished"):
        opened(desk.path)


def test_a_failure_is_told_and_ends_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error nothing is written, and the output is free for the next collector."""
    desk.writer.submit([row(0)])
    assert desk.answer() == ("written", {"a": 1})
    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", refusing(errno.EIO))
        desk.writer.submit([row(1)])
        kind, error = desk.answer()
        desk.writer.stop()
    assert kind == "error"
    assert isinstance(error, OutputError)
    desk.writer.submit([row(1)])
    desk.writer.stop()
    assert desk.frames() == [0]
    opened(desk.path).close()


@pytest.mark.parametrize("first", ["begin", "rows", "end"])
def test_a_full_disk_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """It is told once, tried again, and told when it works; every row is there once, and nothing was answered early."""
    monkeypatch.setattr("collector.room.RETRY_S", 0.001)
    steps = {
        "begin": (partial(desk.writer.begin, HEADER_B, 1, DIGEST, ()), ("written", {"b": 0})),
        "rows": (partial(desk.writer.submit, [row(0)]), ("written", {"a": 1})),
        "end": (partial(desk.writer.end, "a", Ending.COMPLETE, 0, ""), ("ended", "a")),
    }
    step, answer = steps[first]
    tried = threading.Semaphore(0)
    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", refusing(errno.ENOSPC, tried.release))
        step()
        kind, text = desk.answer()
        assert kind == "warning"
        assert str(text).endswith(": no space left on the device: the run waits until there is room")
        for _ in range(3):
            assert tried.acquire(timeout=DEADLINE_S)
        assert desk.answers.empty()
    assert [desk.answer(), desk.answer()] == [("info", "there is room again: going on"), answer]
    assert desk.frames() == ([0] if first == "rows" else [])


def test_a_full_disk_is_an_error_for_who_wants_to_stop(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it waits, stop ends it at once, with the reason; what was written before is there."""
    monkeypatch.setattr("collector.room.RETRY_S", 1e6)
    desk.writer.submit([row(0)])
    assert desk.answer() == ("written", {"a": 1})
    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", refusing(errno.ENOSPC))
        desk.writer.submit([row(1)])
        assert desk.answer()[0] == "warning"
        desk.writer.stop()
    kind, error = desk.answer()
    assert kind == "error"
    assert isinstance(error, DiskFullError)
    assert desk.frames() == [0]
    opened(desk.path).close()


def test_what_was_written_is_synced_while_a_disk_is_full(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long that lasts: the wait is no reason for a power loss to take more than usual."""
    desk.writer.submit([row(0)])
    assert desk.answer() == ("written", {"a": 1})
    synced = threading.Semaphore(0)
    monkeypatch.setattr("collector.room.RETRY_S", 0.001)
    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", refusing(errno.ENOSPC))
        desk.writer.submit([row(1)])
        assert desk.answer()[0] == "warning"
        patch.setattr(desk.outputs, "sync", synced.release)
        patch.setattr("collector.writer.SYNC_EVERY_S", 0.0)
        assert synced.acquire(timeout=DEADLINE_S)
        assert desk.answers.empty()
    assert [desk.answer()[0], desk.answer()] == ["info", ("written", {"a": 2})]


def test_word_of_slow_rows_flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing and comparing take time: a few rows at once are written and answered, however many are queued."""
    desk = Desk(tmp_path / "out.jsonl")
    monkeypatch.setattr(desk.outputs, "slow", True)
    desk.writer.begin(HEADER, 1, DIGEST, ())
    desk.writer.submit([row(frame) for frame in range(2 * SLOW_ROWS_MAX + 1)])
    desk.writer.start()
    desk.writer.stop()
    written = [answer for _, answer in (desk.answer() for _ in range(4))]
    assert written == [{"a": 0}, {"a": SLOW_ROWS_MAX}, {"a": 2 * SLOW_ROWS_MAX}, {"a": 2 * SLOW_ROWS_MAX + 1}]


def test_slow_rows_that_wait_put_no_sync_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is due follows the few rows that were just written, not all that are queued."""
    desk = Desk(tmp_path / "out.jsonl")
    monkeypatch.setattr("collector.writer.SYNC_EVERY_S", 0.0)
    monkeypatch.setattr(desk.outputs, "slow", True)
    monkeypatch.setattr(desk.outputs, "sync", lambda: desk.answers.put(("synced", None)))
    desk.writer.begin(HEADER, 1, DIGEST, ())
    desk.writer.submit([row(frame) for frame in range(2 * SLOW_ROWS_MAX)])
    desk.writer.start()
    desk.writer.stop()
    assert [desk.answer()[0] for _ in range(5)] == ["written", "written", "synced", "written", "synced"]


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
