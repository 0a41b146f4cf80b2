"""Files that a run left, that a user wrote, or that stand in a cache: rows, journals, videos, options, graphs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from collector import boxes
from collector.boxes import Fragment, Track
from collector.census import Run
from collector.coco import CocoLines
from collector.csv_rows import CsvLines
from collector.fragments import read_contents
from collector.journal import Journal
from collector.jsonl import JsonLines, JsonlSink, RowFormat
from collector.layout import Layout
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.recovery import recover
from common.errors import ModelError, OutputError, UsageError
from common.families import detections, image_input
from common.graph import Graph
from common.inspection import _cached
from common.model_metadata import metadata_of
from common.recognition import recognise
from common.rows import Ending, Row, Status, StreamHeader
from common.zoo.names import _read
from producer.options import read_labels
from tests.fuzz.target import MEGABYTE, file_of, refused, room, target
from tests.fuzz.twist import as_json, in_bytes, in_lines, in_records, in_text, joined, parted
from tests.unit.common.test_graph import GRAPH
from vinofleet.run.cli import command as run_command
from vinofleet.run.config import read_config

HEADER: Final = StreamHeader("cam", 64, 48, Fraction(1, 30), Fraction(30), 9, "cam.mp4")
DIGEST: Final = "ab" * 32
FRAMES: Final = 5
KINDS: Final = ((Status.OK, ""), (Status.FAILED, "poison"), (Status.DROPPED, "interrupted"))
FOUND: Final = np.array([[0, 1, 2, 3, 0.5, 0], [4, 5, 6, 7, 0.25, 1]], np.float32)
READ_MEMORY: Final = 16 * MEGABYTE
"""Recovery reads with a buffer of a megabyte; that of one line is its length."""

_RECORDS: Final = ("cam",)


# --- what a run left -------------------------------------------------------------------------------------------------


def _rows() -> list[bytes]:
    line = RowFormat(HEADER, ("person",)).line
    found = [line(Row("cam", seq, seq, *KINDS[seq % 3], FOUND[: seq % 3])) for seq in range(FRAMES)]
    return [
        "".join(found).encode(),
        "".join(found).encode() + b'{"stream":"ca',
        "".join(found).encode() + bytes(9),
        b"",
    ]


@target(_rows, in_lines(in_text), share=0.3, memory=READ_MEMORY)
def json_lines(data: bytes) -> None:
    """What counts as recovered are whole lines 0..n-1; nothing but a torn last line is removed."""
    path = file_of("out.jsonl", data)
    try:
        found = recover(OutputPath(path), _RECORDS, JsonLines())["cam"]
    except OutputError:
        left = path.read_bytes()
    else:
        left = path.read_bytes()
        assert left.count(b"\n") == found.next == sum(found.counts.values())
        for number, line in enumerate(_lines(left)):
            assert line.startswith(b'{"stream":"cam","frame":%d,' % number)
    assert data.startswith(left)
    assert b"\n" not in data[len(left) :]


def _table(layout: Layout) -> list[bytes]:
    line = layout.format(HEADER, ("a, b",), [])
    rows = "".join(line(Row("cam", seq, seq, *KINDS[seq % 3], FOUND[: seq % 3])) for seq in range(FRAMES)).encode()
    return [layout.head + rows, layout.head + rows + layout.tail, layout.head, layout.head[:3], layout.head + rows[:-9]]


def _is_recovered(data: bytes, layout: Layout) -> None:
    """What counts is there as it was written; nothing but a torn end is removed."""
    path = file_of("out", data)
    with suppress(OutputError):
        first = recover(OutputPath(path), _RECORDS, layout)
        assert recover(OutputPath(path), _RECORDS, layout) == first
    assert data.startswith(path.read_bytes())


@target(lambda: _table(CsvLines()), in_lines(in_text), share=0.3, memory=READ_MEMORY)
def csv_lines(data: bytes) -> None:
    """A table is continued after the frames that it has, or refused."""
    _is_recovered(data, CsvLines())


@target(lambda: _table(CocoLines()), in_lines(in_text), share=0.3, memory=READ_MEMORY)
def coco_lines(data: bytes) -> None:
    """COCO results are continued after the frames that they have, or refused."""
    _is_recovered(data, CocoLines())


@cache
def run_left() -> tuple[bytes, bytes]:
    """The bytes of an interrupted run's output, and of a journal that tells of everything a journal can."""
    path = room() / "run" / "out.jsonl"
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name("out.jsonl.journal")
    for old in (path, beside):
        old.unlink(missing_ok=True)
    outputs = _opened(path, resume=False)
    outputs.begin(HEADER, 1, DIGEST, ("person",))
    outputs.write([Row("cam", seq, seq, *KINDS[seq % 3]) for seq in range(FRAMES)])
    outputs.close()
    journal = Journal.open(beside, ["out.jsonl"], discard=False)
    journal.record_rows([Run("cam", 1, 1, KINDS[1]), Run("cam", 2, 4, KINDS[2])])
    journal.record_cut("cam", FRAMES)
    journal.record_end("cam", Ending.INTERRUPTED, FRAMES, "ctrl-c")
    journal.record_resume("cam")
    journal.close()
    told = re.sub(rb'"pid":[0-9]+,"host":"[^"]*"', b'"pid":7,"host":"me"', beside.read_bytes())
    return path.read_bytes(), told


def _opened(path: Path, *, resume: bool) -> Outputs:
    """Outputs as a collector opens them."""
    return Outputs.open([JsonlSink(OutputPath(path), overwrite=False)], force=False, resume=resume)


def _journals() -> list[bytes]:
    whole = run_left()[1]
    lines = whole.splitlines(keepends=True)
    finish = b'{"event":"finish"}\n'
    return [whole, whole + finish, b"".join(lines[:2]), b"".join(lines[:4]), whole[:-7], b""]


@target(_journals, in_lines(as_json()), share=0.5, memory=READ_MEMORY)
def journal(data: bytes) -> None:
    """Nothing but a torn last line is removed from it, whatever it holds."""
    path = file_of("out.jsonl.journal", data)
    with suppress(OutputError):
        Journal.open(path, ["out.jsonl"], discard=False).close()
    left = path.read_bytes()
    assert data.startswith(left)
    assert b"\n" not in data[len(left) :]


def _runs() -> list[bytes]:
    rows, told = run_left()
    lines = told.splitlines(keepends=True)
    return [joined(flag, rows, each) for flag in (b"\0", b"\1") for each in (told, b"".join(lines[:3]))]


@target(_runs, in_records(in_lines(as_json())), share=0.1, memory=READ_MEMORY, most=3000)
def resumed_run(data: bytes) -> None:
    """Whatever happened to both files: if they can be opened, the output ends as frames 0..n-1, each once."""
    flag, rows, told = (*parted(data)[:3], b"", b"", b"")[:3]
    file_of("out.jsonl.journal", told)
    path = file_of("out.jsonl", rows)
    try:
        outputs = _opened(path, resume=flag == b"\1")
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
        outputs.finish()
    lines = _lines(path.read_bytes())
    assert len(lines) == start + 2
    for number, line in enumerate(lines):
        assert line.startswith(b'{"stream":"cam","frame":%d,' % number)


def _lines(data: bytes) -> list[bytes]:
    """Lines as JSON Lines has them: a newline ends one, a carriage return is white space within it."""
    *lines, rest = data.split(b"\n")
    assert not rest
    return lines


def _videos() -> list[bytes]:
    track = Track(16, 8, 30, b"\x67\x42\0\x0a\x01\x02", b"\x68\x01\x02")
    opening = boxes.opening(track, 7)
    frames = [Fragment(n, 2 * n, 2, 5 + n, key=n == 0) for n in range(3)]
    grown = opening + b"".join(frame.head() + bytes([frame.number + 1]) * frame.size for frame in frames)
    index = boxes.index(track, len(opening), [5, 6, 7], [0, 2, 4], [0], 2)
    cover = boxes.COVER_AT
    finished = grown[:cover] + boxes.finished_cover(len(grown)) + grown[cover + 16 :] + index
    return [opening, grown, grown[:-4], grown + bytes(50), finished, b"", bytes(60)]


@target(_videos, in_bytes, share=0.5, most=3000)
def video(data: bytes) -> None:
    """Frames count that are whole and in their place, and the file is left as it is."""
    path = file_of("out.mp4", data)
    with suppress(OutputError):
        found = read_contents(path)
        assert len(found.sizes) == len(found.times)
        assert found.end <= len(data)
        assert sum(found.sizes) <= len(data)
        assert all(key < len(found) for key in found.keys)
    assert path.read_bytes() == data


# --- what a user wrote, or a cache holds -----------------------------------------------------------------------------

_CONFIG: Final = b"""workers = 2
model = "m.xml"
threshold = 0.5
live = true
json = ["out.jsonl"]
roi = '1,2,3,4'
[[source]]
uri = "clip.mp4"
name = "cam"
[[source]]
uri = '''b.mp4'''
name = "b"
"""


@cache
def _options() -> dict[str, Any]:
    known = [param for param in run_command.params if isinstance(param, click.Option) and not param.hidden]
    return {param.opts[0].lstrip("-"): param for param in known if not param.is_eager}


@target(
    lambda: [_CONFIG, b"", b"a.b.c = {d = [1, 1979-05-27T07:32:00Z, 0x1F, inf]}\n"],
    in_lines(in_text),
    share=0.4,
    memory=4 * MEGABYTE,
)
def config(data: bytes) -> None:
    """Options are texts and flags that click may judge, or there is one line that says what is wrong."""
    with refused(UsageError):
        json.dumps(read_config(file_of("fleet.toml", data), _options()))


@target(
    lambda: [b"person\ncar\n", b"a", "caf\u00e9\r\nx\n\n".encode(), b"\xef\xbb\xbfperson\n"],
    in_lines(in_text),
    share=0.5,
)
def labels(data: bytes) -> None:
    """Each line of a file is a label, or the file is refused."""
    path = file_of("labels.txt", data)
    with refused(UsageError):
        found = read_labels(str(path))
        assert found is not None
        assert sum(map(len, found)) <= len(data)


def _graphs() -> list[bytes]:
    exported = {
        "model_info/labels": "person car",
        "model_info/reverse_input_channels": "YES",
        "model_info/resize_type": "standard",
        "framework/names": "{0: 'person', 1: 'bicycle'}",
        "framework/description": "YOLOv8",
    }
    suppression = {"background_label_id": 0, "boxes": 16, "scores": 8, "share_location": 1}
    whole = GRAPH.fields()
    ssd = {"name": "out", "shape": [1, 1, 200, 7], "element_type": "f32"}
    image = {"name": "in", "shape": [1, 3, 8, 8], "element_type": "f32"}
    found = [whole, whole | {"info": exported, "suppression": suppression, "outputs": [ssd], "inputs": [image]}]
    found.append(
        whole
        | {"info": {"framework/names": "{0: 'a', 1: 'b'}"}, "suppression": {"num_classes": 2, "background_label_id": 0}}
    )
    detr = [
        {"name": "b", "shape": [1, 100, 4], "element_type": "f32"},
        {"name": "s", "shape": [1, 100, 9], "element_type": "f32"},
    ]
    found.append(whole | {"inputs": [image], "outputs": detr})
    return [json.dumps(each).encode() for each in found]


@target(_graphs, as_json(), share=0.5, memory=8 * MEGABYTE)
def model_outline(data: bytes) -> None:
    """A damaged cache entry is none; what a model says of itself, whatever it says, is understood or left."""
    found = _cached(file_of("entry.json", data))
    if found is not None:
        _judge(found)


def _judge(graph: Graph) -> None:
    said = metadata_of(graph)
    assert all(label.isprintable() for label in said.labels)
    assert recognise(graph).title
    for judged in (image_input, detections):
        with suppress(ModelError):
            ports: Sequence[Any] = graph.inputs if judged is image_input else graph.outputs
            judged(ports)


def _manifests() -> list[bytes]:
    file = {"name": "m.xml", "size": 9, "sha384": "ab" * 48, "path": "a/m.xml"}
    entry = {
        **dict.fromkeys(("task", "family", "licence", "source"), "x"),
        "name": "m",
        "width": 8,
        "height": 8,
        "color": "BGR",
        "labels": ["person"],
        "label_base": 1,
        "ap": 0.5,
    }
    models = [entry | {"files": {"FP16": [file], "FP32": [file]}}, entry | {"name": "n", "embedded": True}]
    return [json.dumps({"version": 1, "base": "https://example.org/models", "models": models}).encode()]


@target(_manifests, as_json(), share=0.4, memory=4 * MEGABYTE)
def manifest(data: bytes) -> None:
    """A manifest of one's own holds names, sizes and paths that stay below its address, or is refused."""
    with refused(ModelError):
        found = _read(file_of("manifest.json", data))
        for entry in found.entries.values():
            for file in (each for files in entry.files.values() for each in files):
                assert "/" not in file.name
                assert ".." not in file.path.split("/")
