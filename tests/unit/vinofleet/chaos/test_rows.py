"""Rows, read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from common.errors import OutputError
from vinofleet.chaos.rows import Rows, read_rows


def line(frame: object, stream: object = "a", status: str = "ok") -> bytes:
    """A row's line."""
    return json.dumps({"stream": stream, "frame": frame, "status": status, "detections": []}).encode() + b"\n"


def read(tmp_path: Path, *lines: bytes) -> Rows:
    """Read a file of these lines."""
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"".join(lines))
    return read_rows([path])


def test_streams_are_counted_apart(tmp_path: Path) -> None:
    """Each from 0, in any mixture; statuses are of all."""
    rows = read(tmp_path, line(0), line(0, "b", "failed"), line(1), line(1, "b", "dropped"), line(2))
    assert rows.problem == ""
    assert (rows.frames, rows.total) == ({"a": 3, "b": 2}, 5)
    assert rows.statuses == {"ok": 3, "failed": 1, "dropped": 1}


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([line(1)], "out.jsonl, line 1: frame 1 of a stands where 0 should"),
        ([line(0), line(2), line(1)], "out.jsonl, line 2: frame 2 of a stands where 1 should"),
        ([line(0), line(0), line(1)], "out.jsonl, line 2: frame 0 of a comes twice"),
        ([line(0), line(1)[:-5]], "out.jsonl, line 2: the line is torn"),
        ([line(0), line(1)[:-1]], "out.jsonl, line 2: the line is torn"),
        ([line(0), b"\0\0\n"], "out.jsonl, line 2: the line is no row"),
        ([b"[1]\n"], "out.jsonl, line 1: the line is no row"),
        ([line("0")], "out.jsonl, line 1: the line is no row"),
        ([line(0, 5)], "out.jsonl, line 1: the line is no row"),
        ([line(0, status="fine")], "out.jsonl, line 1: the line is no row"),
        ([b"\n"], "out.jsonl, line 1: the line is no row"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(tmp_path: Path, lines: list[bytes], problem: str) -> None:
    """With its place; whatever follows from it is not."""
    assert read(tmp_path, *lines).problem == problem


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(OutputError, match=r"no\.jsonl cannot be read"):
        read_rows([tmp_path / "no.jsonl"])
