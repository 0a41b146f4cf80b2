"""Damaged outputs and journals: refused, or continued after exactly the rows that are there."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.census import Run
from collector.coco import CocoLines
from collector.csv_rows import CsvLines
from collector.journal import Journal
from collector.jsonl import JsonLines, JsonlSink, RowFormat
from collector.layout import Layout
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.records import StreamRecord
from collector.recovery import recover
from common.errors import OutputError
from common.rows import Ending, Row, Status, StreamHeader
from tests.fuzz.harness import at_most, damaged, fuzzed

pytestmark = pytest.mark.fuzz

HEADER = StreamHeader("cam", 64, 48, Fraction(1, 30), Fraction(30), 9, "cam.mp4")
DIGEST = "ab" * 32
FRAMES = 5
READ_MEMORY = 16 << 20
"""Recovery reads with a buffer of a megabyte; that of one line is its length."""


def opened(path: Path, *, resume: bool) -> Outputs:
    """Outputs as a collector opens them."""
    return Outputs.open([JsonlSink(OutputPath(path), overwrite=False)], force=False, resume=resume)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The bytes of an interrupted run's output, and of a journal that tells of everything a journal can."""
    path = tmp_path_factory.mktemp("run") / "out.jsonl"
    outputs = opened(path, resume=False)
    outputs.begin(HEADER, 1, DIGEST, ("person",))
    outputs.write([Row("cam", seq, seq, *KINDS[seq % 3]) for seq in range(FRAMES)])
    outputs.close()
    journal = Journal.open(path.with_name("out.jsonl.journal"), ["out.jsonl"], discard=False)
    journal.record_rows([Run("cam", 1, 1, KINDS[1]), Run("cam", 2, 4, KINDS[2])])
    journal.record_cut("cam", FRAMES)
    journal.record_end("cam", Ending.INTERRUPTED, FRAMES, "ctrl-c")
    journal.record_resume("cam")
    journal.close()
    return path.read_bytes(), path.with_name("out.jsonl.journal").read_bytes()


KINDS = ((Status.OK, ""), (Status.FAILED, "poison"), (Status.DROPPED, "interrupted"))
FOUND = np.array([[0, 1, 2, 3, 0.5, 0], [4, 5, 6, 7, 0.25, 1]], np.float32)
CSV, COCO = CsvLines(), CocoLines()
RECORDS = {"cam": StreamRecord(HEADER, 1, DIGEST)}
ROWS = b"".join(RowFormat(HEADER, ()).line(Row("cam", seq, seq, *KINDS[seq % 3])).encode() for seq in range(FRAMES))


@fuzzed
@given(damaged(st.just(ROWS)) | st.binary(max_size=300))
def test_rows_are_recovered_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """What counts as recovered are whole lines 0..n-1; nothing but a torn last line is removed."""
    path = tmp_path_factory.mktemp("rows") / "out.jsonl"
    path.write_bytes(data)
    try:
        with at_most(READ_MEMORY):
            found = recover(OutputPath(path), RECORDS, JsonLines())["cam"]
    except OutputError:
        left = path.read_bytes()
    else:
        left = path.read_bytes()
        assert left.count(b"\n") == found.next == sum(found.counts.values())
        for number, line in enumerate(_lines(left)):
            assert line.startswith(b'{"stream":"cam","frame":%d,' % number)
    assert data.startswith(left)
    assert b"\n" not in data[len(left) :]


@fuzzed
@given(layout=st.sampled_from([CSV, COCO]), data=st.data())
def test_tables_and_coco_results_are_recovered_or_refused(
    tmp_path_factory: pytest.TempPathFactory, layout: Layout, data: st.DataObject
) -> None:
    """What counts is there as it was written; nothing but a torn end is removed."""
    written = layout.head.decode()
    line = layout.format(HEADER, ("a, b",), [])
    written += "".join(line(Row("cam", seq, seq, Status.OK, "", FOUND[: seq % 3])) for seq in range(FRAMES))
    before = data.draw(damaged(st.just(written.encode() + layout.tail)) | st.binary(max_size=300))
    path = tmp_path_factory.mktemp("rows") / "out"
    path.write_bytes(before)
    try:
        with at_most(READ_MEMORY):
            first = recover(OutputPath(path), RECORDS, layout)
            assert recover(OutputPath(path), RECORDS, layout) == first
    except OutputError:
        pass
    assert before.startswith(path.read_bytes())


@fuzzed
@given(data=st.data())
def test_a_journal_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, run: tuple[bytes, bytes], data: st.DataObject
) -> None:
    """Nothing but a torn last line is removed from it, whatever it holds."""
    path = tmp_path_factory.mktemp("journal") / "out.jsonl.journal"
    before = data.draw(damaged(st.just(run[1])) | st.binary(max_size=300))
    path.write_bytes(before)
    try:
        with at_most(READ_MEMORY):
            Journal.open(path, ["out.jsonl"], discard=False).close()
    except OutputError:
        pass
    left = path.read_bytes()
    assert before.startswith(left)
    assert b"\n" not in before[len(left) :]


@fuzzed
@given(data=st.data(), resume=st.booleans())
def test_a_damaged_run_is_continued_without_a_gap_or_refused(
    tmp_path_factory: pytest.TempPathFactory, run: tuple[bytes, bytes], data: st.DataObject, *, resume: bool
) -> None:
    """Whatever happened to both files: if they can be opened, the output ends as frames 0..n-1, each once."""
    path: Path = tmp_path_factory.mktemp("both") / "out.jsonl"
    path.write_bytes(data.draw(damaged(st.just(run[0]), cuts=1)))
    path.with_name("out.jsonl.journal").write_bytes(data.draw(damaged(st.just(run[1]), cuts=1)))
    try:
        outputs = opened(path, resume=resume)
    except OutputError:
        return
    try:
        found = outputs.recovered.get("cam")
        if found is None or found.ending is not None or found.header != HEADER or found.job_digest != DIGEST:
            return
        start = found.next
        outputs.begin(found.header, found.epoch, DIGEST, ())
        outputs.write([Row("cam", seq, seq, Status.OK) for seq in range(start, start + 2)])
        outputs.end("cam", Ending.COMPLETE, start + 2, "")
    finally:
        outputs.close()
    lines = _lines(path.read_bytes())
    assert len(lines) == start + 2
    for number, line in enumerate(lines):
        assert line.startswith(b'{"stream":"cam","frame":%d,' % number)


def _lines(data: bytes) -> list[bytes]:
    """Lines as JSON Lines has them: a newline ends one, a carriage return is white space within it."""
    *lines, rest = data.split(b"\n")
    assert not rest
    return lines
