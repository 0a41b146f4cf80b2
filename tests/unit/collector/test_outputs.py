"""Outputs over their whole life: new, killed anywhere and continued, ended, resumed, replaced."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.jsonl import JsonlSink
from collector.outputs import Outputs
from collector.paths import OutputPath
from common.errors import DiskFullError, OutputError
from common.rows import Ending, Row, Status, StreamHeader

DIGEST = "ab" * 32
HEADERS = {name: StreamHeader(name, 64, 48, Fraction(1, 30), Fraction(30)) for name in ("a", "b")}
NAMES = ("out.jsonl", "out-{stream}.jsonl")


def opened(path: Path, *, force: bool = False, resume: bool = False) -> Outputs:
    """Outputs as a collector opens them."""
    return Outputs.open([JsonlSink(OutputPath(path), overwrite=force)], force=force, resume=resume)


def begun(path: Path, *, epoch: int = 1, force: bool = False, resume: bool = False) -> Outputs:
    """The same with both streams begun."""
    outputs = opened(path, force=force, resume=resume)
    for header in HEADERS.values():
        outputs.begin(header, epoch, DIGEST, ("person",))
    return outputs


def row(stream: str, frame: int, status: Status = Status.OK, reason: str = "") -> Row:
    """A row whose detection depends on its frame."""
    found = np.array([[frame, 0, 1, 1, 0.5, 0]], np.float32) if status is Status.OK else None
    return Row(stream, frame, frame, status, reason, found)


def left(stream: str, frame: int) -> Row:
    """A row that Ctrl-C left behind."""
    return row(stream, frame, Status.DROPPED, "interrupted")


def end_all(outputs: Outputs, ending: Ending = Ending.COMPLETE) -> None:
    """End every stream with what is written, and finish."""
    for name, captured in outputs.written.items():
        outputs.end(name, ending, captured, "")
    outputs.close()
    outputs.finish()


def die(outputs: Outputs) -> None:
    """Give the journal's lock back, as the end of a process does."""
    assert outputs._journal is not None
    outputs._journal.close()


def rows_in(folder: Path) -> dict[str, bytes]:
    """The bytes of every file but the journals."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".jsonl"}


def numbered(streams: str) -> list[Row]:
    """Rows of these streams in this order, each stream's counting up."""
    return [row(stream, streams[:at].count(stream)) for at, stream in enumerate(streams)]


@settings(max_examples=30)
@given(
    streams=st.text("ab", max_size=12),
    cuts=st.lists(st.integers(0, 12), max_size=3),
    name=st.sampled_from(NAMES),
    data=st.data(),
)
def test_killed_anywhere_and_continued_is_byte_equal(
    streams: str, cuts: list[int], name: str, data: st.DataObject
) -> None:
    """Batches of any size, killed after any, torn at any byte, continued: the files are an undisturbed run's."""
    rows = numbered(streams)
    with tempfile.TemporaryDirectory() as calm, tempfile.TemporaryDirectory() as rough:
        outputs = begun(Path(calm) / name)
        outputs.write(rows)
        end_all(outputs)

        bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts)]
        for start, stop in pairwise(bounds):
            outputs = begun(Path(rough) / name)
            outputs.write([r for r in rows[start:stop] if r.seq >= outputs.written[r.stream]])
            outputs.close()
        for path in Path(rough).glob("*.jsonl"):
            os.truncate(path, data.draw(st.integers(0, path.stat().st_size)))
        outputs = begun(Path(rough) / name)
        outputs.write([r for r in rows if r.seq >= outputs.written[r.stream]])
        end_all(outputs)
        assert rows_in(Path(rough)) == rows_in(Path(calm))


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows still count, in order, and no file appears."""
    monkeypatch.chdir(tmp_path)
    outputs = Outputs.open([], force=False, resume=False)
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([row("a", 0), row("a", 1)])
    assert outputs.written == {"a": 2}
    end_all(outputs)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("a", 1)], "frame 1 of a is out of turn, frame 0 is due"),
        ([row("a", 0), row("a", 0)], "frame 0 of a is out of turn, frame 1 is due"),
        ([row("a", 0), row("c", 0)], "frame 0 of c is out of turn"),
    ],
)
def test_rows_out_of_turn_are_not_written(tmp_path: Path, rows: Sequence[Row], words: str) -> None:
    """A gap, a repetition or an unknown stream is a defect, found before any byte is written."""
    outputs = begun(tmp_path / "out.jsonl")
    with pytest.raises(ValueError, match=words):
        outputs.write(rows)
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    outputs.close()


def test_an_ending_with_other_counts_is_a_defect(tmp_path: Path) -> None:
    """A captured frame without a row never goes on record."""
    outputs = begun(tmp_path / "out.jsonl")
    outputs.write([row("a", 0)])
    with pytest.raises(ValueError, match="a captured 2 frames, but 1 are written"):
        outputs.end("a", Ending.COMPLETE, 2, "")
    outputs.close()


def test_an_ended_stream_takes_no_rows(tmp_path: Path) -> None:
    """After its end a stream is closed until it begins again."""
    outputs = begun(tmp_path / "out.jsonl")
    outputs.end("a", Ending.COMPLETE, 0, "")
    with pytest.raises(ValueError, match="out of turn"):
        outputs.write([row("a", 0)])
    outputs.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_restart_knows_what_was_written(tmp_path: Path, name: str) -> None:
    """Next frame, counts, epoch and endings come back, also for a stream that is over."""
    outputs = begun(tmp_path / name, epoch=5)
    outputs.write([row("a", 0), row("a", 1, Status.FAILED, "poison"), row("b", 0)])
    outputs.end("b", Ending.INCOMPLETE, 1, "damaged")
    outputs.close()
    outputs = opened(tmp_path / name)
    a, b = outputs.recovered["a"], outputs.recovered["b"]
    assert (a.next, a.epoch, a.ending) == (2, 5, None)
    assert a.counts == {(Status.OK, ""): 1, (Status.FAILED, "poison"): 1}
    assert (b.next, b.ending, b.reason) == (1, Ending.INCOMPLETE, "damaged")
    assert outputs.written == {"a": 2, "b": 1}
    outputs.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_recovered_stream_can_end_without_its_producer(tmp_path: Path, name: str) -> None:
    """A stream whose producer never comes back ends with what is there, and the run is finished."""
    outputs = begun(tmp_path / name)
    outputs.write([row("a", 0)])
    outputs.close()
    end_all(opened(tmp_path / name), Ending.INCOMPLETE)
    with pytest.raises(OutputError, match="finished"):
        opened(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
def test_a_finished_run_is_kept(tmp_path: Path, name: str) -> None:
    """A new run does not touch a finished one unless it is forced to."""
    outputs = begun(tmp_path / name)
    outputs.write(numbered("aab"))
    end_all(outputs)
    before = rows_in(tmp_path)
    with pytest.raises(OutputError, match=r"holds a finished run.*--force"):
        opened(tmp_path / name)
    assert rows_in(tmp_path) == before
    outputs = begun(tmp_path / name, epoch=2, force=True)
    outputs.write(numbered("b"))
    end_all(outputs)
    assert sum(data.count(b"\n") for data in rows_in(tmp_path).values()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_run_that_only_lacks_its_end_is_taken_up(tmp_path: Path, name: str) -> None:
    """The collector died between the last stream's end and its report: nobody need come, and nothing is lost."""
    outputs = begun(tmp_path / name)
    outputs.write(numbered("aab"))
    for stream, captured in outputs.written.items():
        outputs.end(stream, Ending.COMPLETE, captured, "")
    assert not outputs.over
    outputs.close()
    with pytest.raises(OutputError, match="held by another collector"):
        opened(tmp_path / name)
    die(outputs)
    before = rows_in(tmp_path)
    again = opened(tmp_path / name)
    assert again.over
    again.close()
    again.finish()
    assert rows_in(tmp_path) == before
    with pytest.raises(OutputError, match="finished"):
        opened(tmp_path / name)


def test_a_finished_run_that_was_taken_up_is_at_no_end(tmp_path: Path) -> None:
    """A collector that goes on where one with --resume was killed does not refuse what that one has taken up."""
    outputs = begun(tmp_path / "out.jsonl")
    outputs.write(numbered("aab"))
    end_all(outputs, Ending.INCOMPLETE)
    outputs = opened(tmp_path / "out.jsonl", resume=True)
    assert not outputs.over
    die(outputs)
    assert opened(tmp_path / "out.jsonl").over


def test_force_is_remembered_by_a_restart(tmp_path: Path) -> None:
    """A stream that begins only after the restart still replaces its old file, and the first one's rows stay."""
    for name in HEADERS:
        (tmp_path / f"out-{name}.jsonl").write_text("old")
    path = tmp_path / "out-{stream}.jsonl"
    outputs = opened(path, force=True)
    outputs.begin(HEADERS["a"], 1, DIGEST, ())
    outputs.write([row("a", 0)])
    outputs.close()
    outputs = begun(path)
    outputs.write([row("b", 0)])
    outputs.close()
    assert [data.count(b"\n") for data in rows_in(tmp_path).values()] == [1, 1]


def test_rows_without_a_journal_are_refused(tmp_path: Path) -> None:
    """Somebody else's file stays, and no journal appears beside it."""
    (tmp_path / "out.jsonl").write_text("precious")
    with pytest.raises(OutputError, match=r"no journal says.*--force"):
        opened(tmp_path / "out.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize("name", NAMES)
def test_one_collector_at_a_time(tmp_path: Path, name: str) -> None:
    """A second one is refused, forced or not, and the first goes on."""
    outputs = begun(tmp_path / name)
    outputs.write([row("a", 0)])
    for force in (False, True):
        with pytest.raises(OutputError, match="held by another collector"):
            opened(tmp_path / name, force=force)
    outputs.write([row("a", 1)])
    outputs.close()
    assert sum(data.count(b"\n") for data in rows_in(tmp_path).values()) == 2


@pytest.mark.parametrize(
    ("path", "words"), [("missing/out.jsonl", "no folder"), (".", "is a folder"), ("a/b/{stream}", "no folder")]
)
def test_a_path_that_cannot_be_is_found_at_once(tmp_path: Path, path: str, words: str) -> None:
    """Before anything starts, with what to do."""
    with pytest.raises(OutputError, match=words):
        opened(tmp_path / path)


def test_a_failed_start_gives_the_lock_back(tmp_path: Path) -> None:
    """After a refusal the output can be opened by the next one at once."""
    end_all(begun(tmp_path / "out.jsonl"))
    for _ in range(2):
        with pytest.raises(OutputError, match="finished"):
            opened(tmp_path / "out.jsonl")


@pytest.mark.parametrize("name", NAMES)
def test_resume_removes_what_was_left_behind(tmp_path: Path, name: str) -> None:
    """After Ctrl-C, --resume continues at the first frame that was given up; the file is an undisturbed run's."""
    outputs = begun(tmp_path / name, epoch=1)
    outputs.write([*numbered("aab"), left("a", 2), left("b", 1), left("a", 3)])
    end_all(outputs, Ending.INTERRUPTED)
    outputs = begun(tmp_path / name, epoch=2, resume=True)
    assert outputs.written == {"a": 2, "b": 1}
    assert outputs.recovered["a"].counts == {(Status.OK, ""): 2}
    outputs.write([row("a", 2), row("b", 1)])
    end_all(outputs)
    calm = tmp_path / "calm"
    calm.mkdir()
    outputs = begun(calm / name)
    outputs.write([*numbered("aab"), row("a", 2), row("b", 1)])
    end_all(outputs)
    assert rows_in(tmp_path) == rows_in(calm)


def test_resume_removes_rows_in_the_middle_of_a_shared_file(tmp_path: Path) -> None:
    """What other streams wrote after them stays, in its order."""
    outputs = begun(tmp_path / "out.jsonl")
    outputs.write([left("a", 0), row("b", 0), left("a", 1), row("b", 1)])
    end_all(outputs, Ending.INTERRUPTED)
    outputs = begun(tmp_path / "out.jsonl", epoch=2, resume=True)
    assert outputs.written == {"a": 0, "b": 2}
    outputs.write([row("a", 0)])
    end_all(outputs)
    frames = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(fields["stream"], fields["frame"]) for fields in frames] == [("b", 0), ("b", 1), ("a", 0)]


@pytest.mark.parametrize("name", NAMES)
def test_killed_while_resuming_can_be_resumed(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the journal's word and the removal of rows nothing is lost."""
    outputs = begun(tmp_path / name)
    outputs.write([*numbered("ab"), left("a", 1)])
    end_all(outputs, Ending.INTERRUPTED)
    with monkeypatch.context() as patch:
        patch.setattr("collector.jsonl.JsonlSink.truncate", lambda _, __: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path / name, resume=True)
    outputs = opened(tmp_path / name, resume=True)
    assert outputs.written == {"a": 1, "b": 1}
    outputs.close()


def test_a_failing_sink_leaves_counts_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a full disk the rows are kept, and written once there is room."""
    outputs = begun(tmp_path / "out.jsonl")

    def full(handle: int, data: memoryview, offset: int) -> int:
        del handle, data, offset
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(DiskFullError, match="make room"):
            outputs.write([row("a", 0)])
    assert outputs.written["a"] == 0
    outputs.flush()
    assert outputs.written["a"] == 1
    outputs.close()
    assert [json.loads(line)["frame"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == [0]
