"""COCO results: valid at the end, readable before it, and continued where they were cut."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from collector.coco import CocoLines, CocoSink
from collector.paths import OutputPath
from collector.records import StreamRecord
from collector.recovery import recover
from common.errors import OutputError
from common.rows import Ending, Row, Status, StreamHeader

HEADER = StreamHeader("clip", 64, 48, Fraction(1, 10), Fraction(10))
RECORDS = {"clip": StreamRecord(HEADER, 1, "ab" * 32)}
LAYOUT = CocoLines()
TWO = np.array([[1, 2, 3.5, 4, 0.99999, 0], [-5, 0, 1, 1, 0.5, 7]], np.float32)
ROWS = [
    Row("clip", 0, 0, Status.OK, "", TWO[:0]),
    Row("clip", 1, 1, Status.OK, "", TWO),
    Row("clip", 2, 2, Status.FAILED, "poison"),
    Row("clip", 3, 3, Status.OK, "", TWO[1:]),
]


def sink_on(path: Path) -> CocoSink:
    """A sink of a new run, with its stream open."""
    sink = CocoSink(OutputPath(path), overwrite=False)
    sink.create()
    sink.open(HEADER, 1, ())
    return sink


def write(sink: CocoSink, rows: list[Row]) -> None:
    """Hand rows to the operating system."""
    for row in rows:
        sink.take(row, None)
    sink.flush()


def whole(path: Path) -> bytes:
    """The file of a run that nobody disturbed."""
    sink = sink_on(path)
    write(sink, ROWS)
    sink.end("clip", Ending.COMPLETE, "")
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    return path.read_bytes()


def test_it_is_what_coco_tools_read(tmp_path: Path) -> None:
    """A list of results, each of a frame by its number; a box has a width and a height."""
    found = json.loads(whole(tmp_path / "out.coco.json"))
    assert found[0] == {"image_id": 1, "category_id": 0, "bbox": [1.0, 2.0, 2.5, 2.0], "score": 1.0}
    assert [(one["image_id"], one["category_id"]) for one in found] == [(1, 0), (1, 7), (3, 7)]


def test_each_frame_has_its_line(tmp_path: Path) -> None:
    """Empty where it has no objects."""
    lines = whole(tmp_path / "out.coco.json").splitlines()
    assert [line[:1] for line in lines] == [b"[", b"", b"{", b"", b",", b"]"]


@pytest.mark.parametrize("streams", ["out.coco.json", "{stream}.coco.json"])
def test_cut_anywhere_it_goes_on_to_the_same_bytes(tmp_path: Path, streams: str) -> None:
    """Torn in a line, in the head or in the end; and also where it had ended."""
    calm = whole(tmp_path / "calm.coco.json")
    for size in range(len(calm) + 1):
        path = tmp_path / streams.replace("{stream}", "clip")
        path.write_bytes(calm[:size])
        sink = CocoSink(OutputPath(tmp_path / streams), overwrite=False)
        frames = sink.recover(RECORDS)["clip"]
        assert frames == max(0, calm[:size].count(b"\n") - 1 - (size == len(calm)))
        sink.open(HEADER, 1, ())
        write(sink, ROWS[frames:])
        sink.end("clip", Ending.COMPLETE, "")
        sink.close()
        assert path.read_bytes() == calm


def test_a_stream_that_never_came_back_is_finished(tmp_path: Path) -> None:
    """Its producer is lost: what is there becomes valid."""
    path = tmp_path / "out.coco.json"
    path.write_bytes(whole(tmp_path / "calm.coco.json").removesuffix(b"]\n"))
    sink = CocoSink(OutputPath(path), overwrite=False)
    sink.recover(RECORDS)
    sink.end("clip", Ending.INCOMPLETE, "producer lost")
    sink.close()
    assert len(json.loads(path.read_text())) == 3


def test_frames_that_are_to_be_captured_again_go(tmp_path: Path) -> None:
    """With the end; where none goes, the end stays."""
    path = tmp_path / "out.coco.json"
    calm = whole(path)
    sink = CocoSink(OutputPath(path), overwrite=False)
    sink.truncate({"clip": 4})
    assert path.read_bytes() == calm
    sink.truncate({"clip": 2})
    assert path.read_bytes() == calm[: calm.index(b"\n\n,") + 1]
    assert sink.recover(RECORDS) == {"clip": 2}


@pytest.mark.parametrize(
    "bad",
    [b"x\n", b"]\n\n", b'{"image_id":0,"category_id":0,"bbox":[0.00,0.00,1.00,1.00],"score":1.0000}\n', b"]\n]\n"],
)
def test_damage_is_refused(tmp_path: Path, bad: bytes) -> None:
    """Something else, a line after the end, objects of another frame, without a comma."""
    path = tmp_path / "out.coco.json"
    path.write_bytes(whole(tmp_path / "calm.coco.json").removesuffix(b"]\n") + bad)
    with pytest.raises(OutputError, match="line 6 is no row"):
        recover(OutputPath(path), RECORDS, LAYOUT)


def test_what_json_cannot_say_is_refused() -> None:
    """A detection that is not finite."""
    with pytest.raises(ValueError, match="not finite"):
        LAYOUT.format(HEADER, (), [])(Row("clip", 0, 0, Status.OK, "", np.full((1, 6), np.inf, np.float32)))
