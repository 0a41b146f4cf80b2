"""The table: its bytes, and that what was cut off is told from what is whole."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.csv_rows import COLUMNS, CsvLines, CsvSink
from collector.paths import OutputPath
from collector.records import StreamRecord
from collector.recovery import recover, truncate
from common.errors import OutputError
from common.rows import Ending, Row, Status, StreamHeader

HEADER = StreamHeader("clip", 64, 48, Fraction(1, 10), Fraction(10))
RECORDS = {"clip": StreamRecord(HEADER, 1, "ab" * 32)}
LAYOUT = CsvLines()
TWO = np.array([[1, 2.006, 3.5, 4, 0.99999, 0], [-5, 0, 1, 1, 0.5, 7]], np.float32)


def lines(row: Row, *labels: str) -> str:
    """A row's lines."""
    return LAYOUT.format(HEADER, labels, [])(row)


def test_a_frame_has_a_line_for_each_detection() -> None:
    """With the digits of --json, and how many there are."""
    assert lines(Row("clip", 3, 3, Status.OK, "", TWO), 'a "b", c\n') == (
        'clip,3,0.3,ok,,"a ""b"", c",0,1.0000,1.00,2.01,3.50,4.00,2\nclip,3,0.3,ok,,7,7,0.5000,-5.00,0.00,1.00,1.00,2\n'
    )


def test_a_frame_without_detections_has_one_line() -> None:
    """So that each frame is accounted for; a frame without a time has none."""
    assert lines(Row("clip", 0, 0, Status.OK, "", TWO[:0])) == "clip,0,0.0,ok,,,,,,,,,0\n"
    assert lines(Row("clip", 1, None, Status.FAILED, "poison, really")) == (
        'clip,1,,failed,"poison, really",,,,,,,,0\n'
    )


@given(label=st.text(max_size=20), reason=st.text(max_size=20).filter(str.isprintable))
def test_a_reader_of_csv_finds_what_was_written(label: str, reason: str) -> None:
    """Whatever a label holds, but for its line ends, and it is a row for recovery as well."""
    text = lines(Row("clip", 0, 0, Status.OK, "", TWO), label) + lines(Row("clip", 1, 1, Status.DROPPED, reason))
    read = list(csv.DictReader(io.StringIO(LAYOUT.head.decode() + text, newline="")))
    assert [len(row) for row in read] == [len(COLUMNS)] * 3
    assert read[0]["label"] == " ".join(label.replace("\0", " ").splitlines())
    assert read[2]["reason"] == reason
    found = list(LAYOUT.records(text.encode().splitlines(keepends=True), {"clip"}))
    assert [(record.frame, record.kind) for record in found] == [(0, (Status.OK, "")), (1, (Status.DROPPED, reason))]


def test_what_a_table_cannot_say_is_refused() -> None:
    """A detection that is not finite."""
    with pytest.raises(ValueError, match="not finite"):
        lines(Row("clip", 0, 0, Status.OK, "", np.full((1, 6), np.nan, np.float32)))


@pytest.mark.parametrize("cut", range(1, 150))
def test_a_file_that_is_cut_anywhere_has_whole_frames(tmp_path: Path, cut: int) -> None:
    """Also between two lines of one frame."""
    rows = [lines(Row("clip", frame, frame, Status.OK, "", TWO[: (0, 2)[frame]])) for frame in range(2)]
    whole = LAYOUT.head + "".join(rows).encode()
    path = tmp_path / "out.csv"
    path.write_bytes(whole[:-cut])
    frames = recover(OutputPath(path), RECORDS, LAYOUT)["clip"].next
    assert frames == (cut <= len(whole) - len(LAYOUT.head) - len(rows[0]))
    assert path.read_bytes() == (LAYOUT.head + rows[0].encode() if frames else path.read_bytes()[: len(LAYOUT.head)])
    assert path.read_bytes() in {b"", LAYOUT.head, LAYOUT.head + rows[0].encode()}


@pytest.mark.parametrize(
    "bad", ["", "a,b\n", "clip,1,0.1,ok,,,,,,,,,1\n", "clip,1,0.1,ok,,7,7,0.5,1.0,1.0,1.0,1.0,0\n"]
)
def test_damage_is_refused(tmp_path: Path, bad: str) -> None:
    """With the line's number, and the file stays; a file with another head is somebody else's."""
    path = tmp_path / "out.csv"
    good = lines(Row("clip", 0, 0, Status.OK, "", TWO))
    path.write_text(LAYOUT.head.decode() + good + bad + good)
    with pytest.raises(OutputError, match=r"line 4 is (no row|frame 0)|line 5 is frame 0"):
        recover(OutputPath(path), RECORDS, LAYOUT)
    path.write_text("x,y\n1,2\n")
    with pytest.raises(OutputError, match="does not begin as it should"):
        recover(OutputPath(path), RECORDS, LAYOUT)
    assert path.read_text() == "x,y\n1,2\n"


def test_its_head_stays_when_all_frames_go(tmp_path: Path) -> None:
    """So that it can be continued."""
    path = tmp_path / "out.csv"
    path.write_text(LAYOUT.head.decode() + lines(Row("clip", 0, 0, Status.OK, "", TWO)))
    truncate(OutputPath(path), {"clip": 0}, LAYOUT)
    assert path.read_bytes() == LAYOUT.head


def test_a_stream_without_a_frame_is_a_table_without_a_row(tmp_path: Path) -> None:
    """Its head says what would be there."""
    sink = CsvSink(OutputPath(tmp_path / "{stream}.csv"), overwrite=False)
    sink.create()
    sink.open(HEADER, 1, ())
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    assert (tmp_path / "clip.csv").read_bytes() == LAYOUT.head
