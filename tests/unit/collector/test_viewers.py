"""Viewers beside durable outputs: whatever they do, rows and files are what they are without."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from collector.jsonl import JsonlSink
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.seat import Seat
from collector.shown import Figures, Shown
from collector.sink import Sink
from collector.viewers import ENDED_MAX, Viewers
from common.actions import Notice
from common.errors import OutputError
from common.rows import Ending, Row, Status, StreamHeader
from tests.unit.collector.frame_file import FrameFile, Numbers

HEADER = StreamHeader("a", 64, 48, Fraction(1, 30), Fraction(30), 20)
DIGEST = "ab" * 32
PATIENCE_S = 20


class Scripted:
    """A viewer that passes on what it sees, and then does what it is told to.

    Args:
        then: called after each picture.
    """

    what = "the test"
    interval_s = 0.0
    watches_all = True

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.seen: queue.Queue[Shown] = queue.Queue()
        self.figures: queue.Queue[Figures] = queue.Queue()
        self.over = threading.Event()
        self._then = then

    def attend(self, seat: Seat) -> None:
        """See `Viewer.attend`."""
        while not self.over.is_set():
            taken = seat.take(0.1)
            for each in taken.figures or ():
                self.figures.put(each)
            if taken.picture is not None:
                self.seen.put(taken.picture)
                self._then()

    def close(self) -> None:
        """See `Viewer.close`."""
        self.over.set()


def raises() -> None:
    """Fail as a lost X server does."""
    raise OSError("no such screen")


def row(seq: int, status: Status = Status.OK) -> Row:
    """A row."""
    return Row("a", seq, seq, status, "" if status is Status.OK else "late")


class Bench:
    """Outputs with viewers, and what is told of those that fail."""

    def __init__(self, *viewers: Scripted, sinks: list[Sink] | None = None) -> None:
        self.lost: queue.Queue[Notice] = queue.Queue()
        self.artist = Numbers()
        self.viewers = Viewers(viewers, self.lost.put)
        self.viewers.start()
        self.outputs = Outputs.open(sinks or [], force=False, resume=False, artist=self.artist, viewers=self.viewers)
        self.outputs.begin(HEADER, 1, DIGEST, ())

    def close(self) -> None:
        """Close all."""
        self.viewers.close()
        self.outputs.close()


def rows_sink(path: Path) -> JsonlSink:
    """JSON lines."""
    return JsonlSink(OutputPath(path), overwrite=False)


def test_the_newest_frame_is_shown(tmp_path: Path) -> None:
    """Of rows that are written at once only the last is drawn; all of them are counted."""
    viewer = Scripted()
    bench = Bench(viewer, sinks=[rows_sink(tmp_path / "out.jsonl")])
    assert bench.outputs.draws
    bench.outputs.write([row(0), row(1, Status.DROPPED), row(2)])
    shown = viewer.seen.get(timeout=PATIENCE_S)
    assert (shown.stream, shown.seq, int(shown.i420[0, 0])) == ("a", 2, 2)
    bench.outputs.end("a", Ending.COMPLETE, 3, "")
    told = viewer.figures.get(timeout=PATIENCE_S)
    while told.state == "running":
        told = viewer.figures.get(timeout=PATIENCE_S)
    assert (told.state, told.ok, told.dropped, told.expected, told.fps) == ("complete", 2, 1, 20, 0.0)
    bench.close()
    assert viewer.seen.empty()


@pytest.mark.parametrize("drawn", [False, True])
def test_a_viewer_that_fails_is_given_up_with_one_warning(tmp_path: Path, *, drawn: bool) -> None:
    """The run goes on with all rows, and the other viewer sees the rest."""
    failing, other = Scripted(raises), Scripted()
    sinks: list[Sink] = [rows_sink(tmp_path / "out.jsonl")]
    sinks += [FrameFile(tmp_path / "out.frames")] if drawn else []
    bench = Bench(failing, other, sinks=sinks)
    for seq in range(3):
        bench.outputs.write([row(seq)])
        assert other.seen.get(timeout=PATIENCE_S).seq == seq
    assert bench.lost.get(timeout=PATIENCE_S).text == "the test is gone (no such screen): the run goes on without"
    bench.close()
    assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == 3
    assert bench.lost.empty()


def test_a_viewer_that_hangs_holds_up_nothing(tmp_path: Path) -> None:
    """It is drawn one picture more, and none after that; the end does not wait for it for long."""
    go_on = threading.Event()
    hanging = Scripted(lambda: go_on.wait(PATIENCE_S))
    bench = Bench(hanging, sinks=[rows_sink(tmp_path / "out.jsonl")])
    bench.outputs.write([row(0)])
    hanging.seen.get(timeout=PATIENCE_S)
    for seq in range(1, 50):
        bench.outputs.write([row(seq)])
        assert not bench.viewers.wants("a")
    assert (tmp_path / "out.jsonl").read_bytes().count(b"\n") == 50
    bench.close()
    go_on.set()
    assert bench.lost.empty()


def test_what_cannot_be_drawn_for_viewers_costs_them_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the drawing is no reason to end a run whose outputs need none."""
    bench = Bench(Scripted())
    monkeypatch.setattr(bench.artist, "draw", lambda _row: raises())
    bench.outputs.write([row(0)])
    bench.outputs.write([row(1)])
    assert bench.outputs.written == {"a": 2}
    assert "no such screen" in bench.lost.get(timeout=PATIENCE_S).text
    assert bench.lost.empty()
    bench.close()


def test_a_durable_output_that_fails_is_no_viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its failure is raised, none of the rows counts as written, and the other file has whole lines."""
    failing = rows_sink(tmp_path / "failing.jsonl")
    viewer = Scripted()
    bench = Bench(viewer, sinks=[rows_sink(tmp_path / "out.jsonl"), failing])
    bench.outputs.write([row(0)])

    def fail() -> None:
        raise OutputError("no such device")

    monkeypatch.setattr(failing, "flush", fail)
    with pytest.raises(OutputError, match="no such device"):
        bench.outputs.write([row(1)])
    assert bench.outputs.written == {"a": 1}
    bench.close()
    assert (tmp_path / "out.jsonl").read_bytes().endswith(b"\n")
    assert bench.lost.empty()


def test_streams_that_ended_long_ago_are_forgotten() -> None:
    """A collector that stays has seen many."""
    viewer = Scripted()
    viewers = Viewers([viewer], lambda _notice: None)
    for number in range(ENDED_MAX + 5):
        name = f"s{number}"
        viewers.begin(StreamHeader(name, 64, 48, Fraction(1), Fraction(1)), {(Status.OK, ""): 2})
        viewers.end(name, Ending.COMPLETE)
    assert len(viewers._streams) == ENDED_MAX
    viewers.close()
