"""Several outputs as one: whatever fails in whichever of them, all end with the same frames, each once."""

from __future__ import annotations

import csv
import errno
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.coco import CocoSink
from collector.csv_rows import CsvLines, CsvSink
from collector.journal import Journal
from collector.jsonl import JsonlSink
from collector.line_sink import LineSink
from collector.null_sink import NullSink
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.sink import Sink
from common.errors import DiskFullError, OutputError
from common.rows import Ending, Row, Status, StreamHeader
from tests.unit.collector.frame_file import FrameFile, Numbers, record

DIGEST = "ab" * 32
HEADERS = {name: StreamHeader(name, 64, 48, Fraction(1, 30), Fraction(30)) for name in ("a", "b")}
ROWS, FRAMES, TABLE, COCO = "rows.jsonl", "{stream}.bin", "rows.csv", "{stream}.coco.json"
LINES: dict[str, type[LineSink]] = {ROWS: JsonlSink, TABLE: CsvSink, COCO: CocoSink}
FOUND = np.array([[0, 1, 2, 3, 0.5, 0], [4, 5, 6, 7, 0.25, 1]], np.float32)
KINDS = ((Status.OK, ""), (Status.FAILED, "poison"), (Status.DROPPED, "late"))


class Killed(BaseException):
    """SIGKILL."""


class Fault(NamedTuple):
    """What happens after so many bytes."""

    after: int
    error: BaseException


FULL = OSError(errno.ENOSPC, "No space left on device")
FAULTS = st.none() | st.builds(Fault, st.integers(0, 400), st.sampled_from([FULL, Killed()]))


@contextmanager
def failing(fault: Fault | None) -> Iterator[None]:
    """Writes go so far, and fail from there on."""
    real = os.pwrite
    left = 0 if fault is None else fault.after

    def pwrite(handle: int, data: memoryview, offset: int) -> int:
        nonlocal left
        if fault is None or len(data) <= left:
            left -= len(data)
            return real(handle, data, offset)
        if not left:
            raise fault.error
        done = real(handle, data[:left], offset)
        left = 0
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", pwrite)
        yield


class Run:
    """A run that is killed and started again until all is written."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder = folder
        self.names = names
        self.start()

    def start(self, *, resume: bool = False) -> None:
        """Begin, or begin again; streams that have ended stay so."""
        self.sinks: list[Sink] = [
            LINES[name](OutputPath(self.folder / name), overwrite=False)
            if name in LINES
            else FrameFile(self.folder / name)
            for name in self.names
        ]
        self.outputs = Outputs.open(self.sinks, force=False, resume=resume, artist=Numbers())
        recovered = self.outputs.recovered
        for name, header in HEADERS.items():
            if name not in recovered or recovered[name].ending is None:
                self.outputs.begin(header, 1, DIGEST, ())

    def die(self) -> None:
        """What the kernel does with a process: files are closed as they are."""
        for sink in self.sinks:
            sink.close()
        assert self.outputs._journal is not None
        self.outputs._journal.close()

    def lose_power(self, left: Callable[[int], int]) -> None:
        """Of each file but the journal only so many bytes are left."""
        for path in sorted(self.folder.iterdir()):
            if path.suffix != ".journal":
                os.truncate(path, left(path.stat().st_size))

    def survives(self, fault: Fault | None, act: Callable[[], None], again: Callable[[], None]) -> bool:
        """Do something, with a fault in it; whether the process is still there."""
        try:
            with failing(fault):
                act()
        except DiskFullError:
            again()
        except Killed:
            self.die()
            return False
        return True

    def write(self, rows: Sequence[Row], fault: Fault | None) -> bool:
        """Write rows, with a fault in it; whether the process is still there."""
        return self.survives(fault, partial(self.outputs.write, rows), self.outputs.flush)

    def end(self, stream: str, captured: int, fault: Fault | None) -> None:
        """End a stream, with a fault in it."""
        end = partial(self.outputs.end, stream, Ending.COMPLETE, captured, "")
        if not self.survives(fault, end, end):
            self.start()
            if self.outputs.recovered[stream].ending is None:
                self.end(stream, captured, None)


def found(kind: tuple[Status, str], at: int) -> np.ndarray | None:
    """Some detections; none where the frame is not ok."""
    return FOUND[: at % 3] if kind[0] is Status.OK else None


def objects(row: Row) -> int:
    """How many detections it has."""
    return 0 if row.detections is None else len(row.detections)


def table(path: Path, rows: Sequence[Row]) -> str:
    """What a table of these rows holds that nobody disturbed; in the order of the one that is there."""
    layout = CsvLines()
    text = {(row.stream, str(row.seq)): layout.format(HEADERS[row.stream], (), [])(row) for row in rows}
    with path.open(newline="") as file:
        order = dict.fromkeys((line["stream"], line["frame"]) for line in csv.DictReader(file))
    assert len(order) == len(text)
    return layout.head.decode() + "".join(text[key] for key in order)


def numbered(streams: str, statuses: Sequence[tuple[Status, str]]) -> list[Row]:
    """Rows of these streams in this order, each stream's counting up."""
    return [
        Row(
            stream, frame := streams[:at].count(stream), frame, *(kind := statuses[at % len(statuses)]), found(kind, at)
        )
        for at, stream in enumerate(streams)
    ]


BATCHES = st.tuples(st.integers(1, 5), FAULTS, st.booleans())


@settings(max_examples=80)
@given(
    rows=st.builds(numbered, st.text("ab", max_size=10), st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)),
    names=st.sampled_from(
        [(ROWS, FRAMES), (FRAMES, ROWS), (FRAMES,), (ROWS,), (TABLE,), (COCO,), (TABLE, ROWS), (COCO, FRAMES, TABLE)]
    ),
    batches=st.lists(BATCHES, max_size=8),
    faults=st.tuples(FAULTS, FAULTS),
    data=st.data(),
)
def test_every_output_has_every_frame_once(
    rows: list[Row],
    names: tuple[str, ...],
    batches: list[tuple[int, Fault | None, bool]],
    faults: tuple[Fault | None, Fault | None],
    data: st.DataObject,
) -> None:
    """Disks full at any byte, deaths at any byte, power losses: restarted, all hold frames 0..n-1, and count them."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)  # nothing here depends on the disk
        run = Run(Path(folder), names)
        while todo := [row for row in rows if row.seq >= run.outputs.written[row.stream]]:
            size, fault, loses_power = batches.pop() if batches else (len(todo), None, False)
            before = run.outputs.written
            if not run.write(todo[:size], fault):
                if loses_power:
                    before = dict.fromkeys(before, 0)
                    run.lose_power(lambda size: data.draw(st.integers(0, size), "left"))
                run.start()
            assert all(run.outputs.written[name] >= frame for name, frame in before.items())
        counts = {name: sum(row.stream == name for row in rows) for name in HEADERS}
        for name, fault in zip(HEADERS, faults, strict=True):
            run.end(name, counts[name], fault)
        run.outputs.close()
        run.outputs.finish()

        if ROWS in names:
            lines = [json.loads(line) for line in (run.folder / ROWS).read_text().splitlines()]
            found = {name: [line["frame"] for line in lines if line["stream"] == name] for name in HEADERS}
            assert found == {name: list(range(count)) for name, count in counts.items()}
        if TABLE in names:
            assert (run.folder / TABLE).read_text() == table(run.folder / TABLE, rows)
        for name, count in counts.items() if COCO in names else ():
            whole = json.loads((run.folder / f"{name}.coco.json").read_text())
            images = [row.seq for row in rows if row.stream == name for _ in range(objects(row))]
            assert ([one["image_id"] for one in whole], count) == (images, counts[name])
        if FRAMES in names:
            found_bytes = {name: (run.folder / f"{name}.bin").read_bytes() for name in HEADERS}
            assert found_bytes == {name: b"".join(map(record, range(count))) for name, count in counts.items()}
        run.start(resume=True)
        expected = {name: Counter((row.status, row.reason) for row in rows if row.stream == name) for name in HEADERS}
        assert {name: stream.counts for name, stream in run.outputs.recovered.items()} == expected
        run.outputs.close()
        run.outputs.finish()


def opened(*sinks: Sink, force: bool = False, resume: bool = False) -> Outputs:
    """These sinks as the outputs of a run."""
    return Outputs.open(sinks, force=force, resume=resume, artist=Numbers())


def both(folder: Path) -> list[Sink]:
    """Rows, and frames."""
    return [JsonlSink(OutputPath(folder / ROWS), overwrite=False), FrameFile(folder / FRAMES)]


def test_resume_takes_interrupted_frames_out_of_all(tmp_path: Path) -> None:
    """Those at the end are to be captured again, so that no output may show them; without rows the journal knows."""
    for sinks in (both, lambda folder: [FrameFile(folder / FRAMES)]):
        folder = tmp_path / str(len(sinks(tmp_path)))
        folder.mkdir()
        outputs = opened(*sinks(folder))
        outputs.begin(HEADERS["a"], 1, DIGEST, ())
        left = [Row("a", frame, frame, Status.DROPPED, "interrupted") for frame in (1, 2)]
        outputs.write([Row("a", 0, 0, Status.OK), *left])
        outputs.end("a", Ending.INTERRUPTED, 3, "")
        outputs.close()
        outputs.finish()
        with pytest.raises(OutputError, match="finished"):
            opened(*sinks(folder))
        outputs = opened(*sinks(folder), resume=True)
        assert outputs.recovered["a"].counts == {(Status.OK, ""): 1}
        assert (folder / "a.bin").read_bytes() == record(0)
        outputs.begin(HEADERS["a"], 2, DIGEST, ())
        outputs.write([Row("a", 1, 1, Status.OK)])
        outputs.end("a", Ending.COMPLETE, 2, "")
        outputs.close()
        outputs.finish()
        assert (folder / "a.bin").read_bytes() == record(0) + record(1)
        outputs = opened(*sinks(folder), resume=True)
        assert outputs.recovered["a"].counts == {(Status.OK, ""): 2}
        outputs.close()
        outputs.finish()


def test_what_drawing_took_is_known_by_row(tmp_path: Path) -> None:
    """For the report; rows alone are too quick to be measured one by one."""
    outputs = opened(*both(tmp_path))
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([Row("a", frame, frame, Status.OK) for frame in range(3)])
    assert {name: taken.count for name, taken in outputs.stages.items()} == {"draw": 3, "encode": 3}
    outputs.close()
    rows = JsonlSink(OutputPath(tmp_path / "alone.jsonl"), overwrite=False)
    alone = Outputs.open([rows], force=False, resume=False)
    assert not alone.stages
    alone.close()


def test_a_run_goes_on_with_the_same_outputs_only(tmp_path: Path) -> None:
    """One less or one more would hold other frames than the rest: it is refused, and says which there were."""
    outputs = opened(*both(tmp_path))
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([Row("a", 0, 0, Status.OK)])
    outputs.close()
    with pytest.raises(OutputError, match=r"belongs to 'rows\.jsonl', '\{stream\}\.bin', not to 'rows\.jsonl'"):
        opened(both(tmp_path)[0])
    third = FrameFile(tmp_path / "more-{stream}.bin")
    with pytest.raises(OutputError, match=r"not to .*'more-\{stream\}\.bin'"):
        opened(*both(tmp_path), third)
    opened(*both(tmp_path)).close()


def test_outputs_that_are_moved_together_go_on(tmp_path: Path) -> None:
    """The journal knows where they are as seen from itself."""
    (tmp_path / "here" / "frames").mkdir(parents=True)

    def sinks(folder: Path) -> list[Sink]:
        rows = JsonlSink(OutputPath(folder / ROWS), overwrite=False)
        return [rows, FrameFile(folder / "frames" / FRAMES)]

    outputs = opened(*sinks(tmp_path / "here"))
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([Row("a", 0, 0, Status.OK)])
    outputs.close()
    (tmp_path / "here").rename(tmp_path / "there")
    outputs = opened(*sinks(tmp_path / "there"))
    assert outputs.written == {"a": 1}
    outputs.close()


def test_an_output_of_an_ended_stream_that_lost_frames_is_refused(tmp_path: Path) -> None:
    """Everything was synced when it ended: it is damage, whichever output it is, and nothing is cut to fit it."""
    outputs = opened(*both(tmp_path))
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([Row("a", frame, frame, Status.OK) for frame in range(2)])
    outputs.end("a", Ending.INCOMPLETE, 2, "")
    outputs.close()
    outputs.finish()
    os.truncate(tmp_path / "a.bin", len(record(0)))
    before = (tmp_path / ROWS).read_bytes()
    with pytest.raises(OutputError, match=r"\.bin holds 1 frames of a, its journal says 2"):
        opened(*both(tmp_path), resume=True)
    assert (tmp_path / ROWS).read_bytes() == before


def test_what_keeps_nothing_has_no_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn for all the same."""
    monkeypatch.chdir(tmp_path)
    outputs = opened(NullSink())
    assert (outputs.draws, outputs.durable) == (True, False)
    outputs.begin(HEADERS["a"], 1, DIGEST, (), 5)
    outputs.write([Row("a", 5, 5, Status.OK)])
    outputs.end("a", Ending.COMPLETE, 6, "")
    outputs.close()
    outputs.finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [None, Ending.INCOMPLETE, Ending.INTERRUPTED])
def test_a_run_without_a_row_leaves_nothing(tmp_path: Path, ending: Ending | None) -> None:
    """Nobody came, or came with nothing: the next run finds the folder as this one did."""
    outputs = opened(*both(tmp_path))
    if ending is not None:
        outputs.begin(HEADERS["a"], 1, DIGEST, ())
        outputs.end("a", ending, 0, "")
    outputs.close()
    assert list(tmp_path.iterdir()) == []


def test_a_complete_stream_without_a_frame_is_a_result(tmp_path: Path) -> None:
    """Its empty file is what was asked for."""
    outputs = opened(*both(tmp_path))
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.end("a", Ending.COMPLETE, 0, "")
    outputs.close()
    outputs.finish()
    assert (tmp_path / ROWS).read_bytes() == b""
    with pytest.raises(OutputError, match="finished"):
        opened(*both(tmp_path))


def test_an_unfinished_run_is_not_removed_by_a_restart_without_a_row(tmp_path: Path) -> None:
    """What an earlier collector began is not this one's to remove."""
    outputs = opened(*both(tmp_path))
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([Row("a", 0, 0, Status.OK)])
    outputs.close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".journal"}
    opened(*both(tmp_path)).close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".journal"} == before


def test_a_refused_start_leaves_nothing(tmp_path: Path) -> None:
    """The second output cannot be made: the first, and the journal, are gone again."""
    (tmp_path / "taken.jsonl").write_text("precious")
    second = JsonlSink(OutputPath(tmp_path / "taken.jsonl"), overwrite=False)
    for sinks in ([both(tmp_path)[0], second], [second, both(tmp_path)[0]]):
        with pytest.raises(OutputError, match="--force"):
            opened(*sinks)
        assert [path.name for path in tmp_path.iterdir()] == ["taken.jsonl"]


def test_pictures_come_before_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order on the command line: after a crash it is pictures that are ahead, which are cut off."""
    rows, pictures = both(tmp_path)
    outputs = opened(rows, pictures)
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    flushed: list[str] = []
    monkeypatch.setattr(rows, "flush", lambda: flushed.append("rows"))
    monkeypatch.setattr(pictures, "flush", lambda: flushed.append("pictures"))
    outputs.write([Row("a", 0, 0, Status.OK)])
    assert flushed == ["pictures", "rows"]
    outputs.close()


def test_everything_is_synced_before_an_ending_goes_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power loss there must be as many rows as the ending says."""
    sinks = both(tmp_path)
    outputs = opened(*sinks)
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([Row("a", 0, 0, Status.OK)])
    order: list[str] = []
    for number, sink in enumerate(sinks):
        monkeypatch.setattr(sink, "sync", partial(order.append, f"sync {number}"))
    monkeypatch.setattr(Journal, "record_end", lambda *_: order.append("end"))
    outputs.end("a", Ending.COMPLETE, 1, "")
    assert sorted(order[:-1]) == ["sync 0", "sync 1"]
    assert order[-1] == "end"
    outputs.close()


def test_two_runs_never_share_an_output(tmp_path: Path) -> None:
    """Also where their journals differ: the file itself is held."""
    outputs = opened(*both(tmp_path))
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    other = opened(FrameFile(tmp_path / FRAMES))
    with pytest.raises(OutputError, match=r"a\.bin is held by another collector"):
        other.begin(HEADERS["a"], 1, DIGEST, ())
    other.close()
    outputs.write([Row("a", 0, 0, Status.OK)])
    outputs.close()
    assert (tmp_path / "a.bin").read_bytes() == record(0)
