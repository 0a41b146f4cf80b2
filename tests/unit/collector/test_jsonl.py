"""The bytes of a row, and the sink that appends them: all or nothing, never over somebody else's."""

from __future__ import annotations

import errno
import json
import os
import resource
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from collector.jsonl import JsonlSink, RowFormat
from collector.paths import OutputPath
from common.errors import DiskFullError, OutputError
from common.rows import Ending, Row, Status, StreamHeader

HEADER = StreamHeader("clip", 1920, 1080, Fraction(1, 15360), Fraction(30))
SCHEMA = json.loads((Path(__file__).parents[3] / "vinofleet/schemas/results.schema.json").read_text())
LABELS = ("person", 'a "b"\n')


def ok(frame: int, *detections: tuple[float, ...], stream: str = "clip") -> Row:
    """A row that is ok."""
    found = np.array(detections, np.float32).reshape(-1, 6)
    return Row(stream, frame, frame * 512, Status.OK, "", found)


def sink_on(path: Path, *, overwrite: bool = False) -> JsonlSink:
    """A sink of a new run, with the stream `clip` open."""
    sink = JsonlSink(OutputPath(path), overwrite=overwrite)
    sink.create()
    sink.open(HEADER, 1, ())
    return sink


def write(sink: JsonlSink, rows: Sequence[Row]) -> None:
    """Hand rows to the operating system."""
    for row in rows:
        sink.take(row, None)
    sink.flush()


def test_a_row_has_these_bytes() -> None:
    """Key order, decimals and the newline are fixed."""
    line = RowFormat(HEADER, LABELS).line(ok(3, (1, 2.006, 3.5, 4, 0.99999, 0)))
    assert line == (
        '{"stream":"clip","frame":3,"pts":0.1,"status":"ok","detections":'
        '[{"label":"person","class_id":0,"score":1.0000,"box":[1.00,2.01,3.50,4.00]}]}\n'
    )


def test_a_row_that_is_not_ok_says_why() -> None:
    """The reason stands between status and an empty list."""
    line = RowFormat(HEADER, ()).line(Row("clip", 0, 0, Status.FAILED, 'poi"son'))
    assert line == '{"stream":"clip","frame":0,"pts":0.0,"status":"failed","reason":"poi\\"son","detections":[]}\n'


@pytest.mark.parametrize(("number", "label"), [(0, "person"), (1, 'a "b"\n'), (2, "2"), (-1, "-1")])
def test_a_class_has_its_label_or_its_number(number: int, label: str) -> None:
    """A class beyond the labels is named by its number, also below zero."""
    line = RowFormat(HEADER, LABELS).line(ok(0, (0, 0, 1, 1, 0.5, number)))
    found = json.loads(line)["detections"][0]
    assert (found["label"], found["class_id"]) == (label, number)


@given(pts=st.integers(-(2**62), 2**62), denominator=st.integers(1, 10**6))
def test_pts_is_the_nearest_double(pts: int, denominator: int) -> None:
    """Seconds are exact before they are rounded, once."""
    header = StreamHeader("clip", 2, 2, Fraction(1001, denominator), Fraction(0))
    line = RowFormat(header, ()).line(Row("clip", 0, pts, Status.DROPPED, "late"))
    assert json.loads(line)["pts"] == float(pts * header.time_base)


BOXES = st_numpy.arrays(np.float32, st.tuples(st.integers(0, 4), st.just(6)), elements=st.floats(-1e5, 1e5, width=32))


@given(found=BOXES, status=st.sampled_from(Status), reason=st.text(max_size=20))
def test_every_line_fits_the_schema(found: np.ndarray, status: Status, reason: str) -> None:
    """One line, valid, with values as near as the decimals allow."""
    good = status is Status.OK
    line = RowFormat(HEADER, LABELS).line(Row("clip", 7, 7, status, "" if good else reason, found if good else None))
    fields = json.loads(line)
    jsonschema.validate(fields, SCHEMA)
    assert line.count("\n") == 1
    if good:
        written = [[*d["box"], d["score"]] for d in fields["detections"]]
        np.testing.assert_allclose(np.array(written).reshape(-1, 5), found[:, :5].astype(float), atol=0.0051)
    else:
        assert fields["reason"] == reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("column", range(6))
def test_what_json_cannot_say_is_refused(value: float, column: int) -> None:
    """A detection that is not finite never becomes a line."""
    numbers = [0.0] * 6
    numbers[column] = value
    with pytest.raises(ValueError, match="not finite"):
        RowFormat(HEADER, ()).line(ok(0, tuple(numbers)))


def test_streams_share_a_file_in_the_order_of_their_rows(tmp_path: Path) -> None:
    """Without a placeholder every row goes to the one file."""
    sink = sink_on(tmp_path / "out.jsonl")
    sink.open(StreamHeader("b", 2, 2, Fraction(1), Fraction(0)), 1, ())
    write(sink, [ok(0), ok(0, stream="b"), ok(1)])
    sink.close()
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["stream"], row["frame"]) for row in lines] == [("clip", 0), ("b", 0), ("clip", 1)]


def test_a_placeholder_makes_a_file_a_stream(tmp_path: Path) -> None:
    """Each stream's rows are in the file of its name."""
    sink = sink_on(tmp_path / "{stream}.jsonl")
    sink.open(StreamHeader("b.c", 2, 2, Fraction(1), Fraction(0)), 1, ())
    write(sink, [ok(0), ok(0, stream="b.c"), ok(1)])
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    assert {path.name: path.read_text().count("\n") for path in tmp_path.iterdir()} == {"clip.jsonl": 2, "b.c.jsonl": 1}


@pytest.mark.parametrize("name", ["../up", "/etc/x", "..", "", "a/b", "a\0", "{stream}", "x" * 65])
def test_a_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """A stream's name that the protocol does not admit makes no path."""
    with pytest.raises(ValueError, match="not a stream's name"):
        OutputPath(tmp_path / "{stream}.jsonl").of(name)


def test_a_placeholder_in_a_folder_is_refused(tmp_path: Path) -> None:
    """Folders are not made up from names."""
    with pytest.raises(OutputError, match="file's name only"):
        OutputPath(tmp_path / "{stream}" / "out.jsonl")


@pytest.mark.parametrize("name", ["out.jsonl", "{stream}.jsonl"])
def test_rows_of_others_are_refused(tmp_path: Path, name: str) -> None:
    """A file that holds something stays as it is."""
    path = OutputPath(tmp_path / name).of("clip")
    path.write_text("precious")
    with pytest.raises(OutputError, match="--force"):
        sink_on(tmp_path / name)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["out.jsonl", "{stream}.jsonl"])
def test_overwrite_replaces(tmp_path: Path, name: str) -> None:
    """With it the file begins empty."""
    path = OutputPath(tmp_path / name).of("clip")
    path.write_text("old")
    sink = sink_on(tmp_path / name, overwrite=True)
    sink.close()
    assert path.read_bytes() == b""


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A pipe cannot be resumed."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="not a regular file"):
        sink_on(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["out.jsonl", "{stream}.jsonl"])
def test_a_write_beyond_a_limit_can_go_on(tmp_path: Path, name: str) -> None:
    """Every file ends with a whole line, the error says why and is no full disk, and the rows fit later, once each."""
    sink = sink_on(tmp_path / name)
    sink.open(StreamHeader("b", 2, 2, Fraction(1), Fraction(0)), 1, ())
    write(sink, [ok(0), ok(0, stream="b")])
    more = [ok(1), *(ok(frame, *[(0.0,) * 6] * 50, stream="b") for frame in range(1, 9))]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OutputError, match=r"cannot be written \(File too large\).*resumes") as failed:
            write(sink, more)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not isinstance(failed.value, DiskFullError)
    assert all(path.read_bytes().endswith(b"\n") for path in tmp_path.iterdir())
    sink.flush()
    sink.close()
    assert sum(path.read_bytes().count(b"\n") for path in tmp_path.iterdir()) == 2 + len(more)


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "no space left on the device"), (errno.EDQUOT, "quota of the disk is used up")]
)
def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    """It is an error of its own that says what to do, and the same rows are there once there is room."""
    sink = sink_on(tmp_path / "out.jsonl")

    def full(handle: int, data: memoryview, offset: int) -> int:
        del handle, data, offset
        raise OSError(number, "full")

    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", full)
        with pytest.raises(DiskFullError, match=f"{words}: make room"):
            write(sink, [ok(0)])
    sink.flush()
    sink.flush()
    assert (tmp_path / "out.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize("name", ["out.jsonl", "{stream}.jsonl"])
def test_discarded_it_leaves_nothing_of_its_own(tmp_path: Path, name: str) -> None:
    """Files that it made are gone, also of a stream that ended; one that was there before is not its to remove."""
    sink = sink_on(tmp_path / name)
    sink.end("clip", Ending.INCOMPLETE, "")
    sink.discard()
    assert list(tmp_path.iterdir()) == []
    path = OutputPath(tmp_path / name).of("clip")
    path.touch()
    sink_on(tmp_path / name).discard()
    assert list(tmp_path.iterdir()) == [path]


def test_a_stream_that_comes_again_continues_its_file(tmp_path: Path) -> None:
    """Also in the process that made it, after its end."""
    sink = sink_on(tmp_path / "{stream}.jsonl")
    write(sink, [ok(0)])
    sink.end("clip", Ending.INCOMPLETE, "")
    sink.open(HEADER, 2, ())
    write(sink, [ok(1)])
    sink.close()
    assert (tmp_path / "clip.jsonl").read_text().count("\n") == 2
