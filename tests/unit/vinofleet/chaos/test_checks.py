"""Verdicts: each holds for what is right, and fails for each way of being wrong."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import av
import numpy as np
import pytest

from vinofleet.chaos.checks import (
    Check,
    Outputs,
    check_report,
    check_rows,
    check_stall,
    checks_of,
    files,
    sent_again,
)
from vinofleet.chaos.rows import Rows
from vinofleet.chaos.stalls import Stalls


def line(frame: int, stream: str = "a", score: float = 0.5) -> bytes:
    """A row's line."""
    return json.dumps({"stream": stream, "frame": frame, "status": "ok", "detections": [score]}).encode() + b"\n"


def counted(captured: int, ok: int, failed: int = 0, dropped: int = 0) -> dict[str, object]:
    """A report."""
    return {"frames": {"captured": captured, "ok": ok, "failed": failed, "dropped": dropped}, "redispatched": 4}


def draw(path: Path, times: list[int]) -> None:
    """A video with a picture at each of these times."""
    with av.open(str(path), "w") as video:
        stream = video.add_stream("libx264", rate=25, options={"preset": "ultrafast", "bf": "0"})
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 25)
        for time in times:
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), time, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 25)
            video.mux(stream.encode(frame))
        video.mux(stream.encode(None))


@pytest.fixture
def outputs(tmp_path: Path) -> Outputs:
    """Three rows, their report and their video."""
    (tmp_path / "out.jsonl").write_bytes(b"".join(map(line, range(3))))
    (tmp_path / "r.json").write_text(json.dumps(counted(3, 3)))
    draw(tmp_path / "out.mp4", [0, 1, 5])
    return Outputs((tmp_path / "out.jsonl",), (tmp_path / "out.mp4",), (tmp_path / "r.json",))


def test_all_is_well(outputs: Outputs) -> None:
    """Each output has a verdict, with what was found."""
    _, checks = checks_of(outputs, outputs.rows[0])
    assert checks == [
        Check("rows", holds=True, text="3, each frame once, in order"),
        Check("report", holds=True, text="captured 3 = ok 3 + failed 0 + dropped 0"),
        Check("reference", holds=True, text="3 rows are byte-identical"),
        Check("video out.mp4", holds=True, text="3 pictures, times only grow"),
    ]
    assert sent_again(outputs) == 4


def test_a_run_without_rows_kept_no_promise(tmp_path: Path) -> None:
    """A file that was never made is no success."""
    assert checks_of(Outputs((tmp_path / "no.jsonl",)))[1] == [Check("rows", holds=False, text="there is none")]


def test_what_is_wrong_with_rows_is_the_verdict() -> None:
    """The first thing."""
    rows = Rows()
    rows.add(line(1), "x, line 1")
    assert check_rows(rows) == Check("rows", holds=False, text="x, line 1: frame 1 of a stands where 0 should")


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (counted(4, 4), "captured 4, but 3 rows; ok 4, but 3 rows"),
        (counted(3, 2, 1), "ok 2, but 3 rows; failed 1, but 0 rows"),
        (counted(3, 3, 0, 1), "captured 3 = ok 3 + failed 0 + dropped 1 does not add up"),
        ({}, "it has no counts of frames"),
        (None, "it has no counts of frames"),
    ],
)
def test_a_report_that_says_otherwise(report: object, text: str) -> None:
    """With the figures that differ."""
    rows = Rows()
    for number in range(3):
        rows.add(line(number), "")
    assert check_report(report, rows) == Check("report", holds=False, text=text)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([line(0), line(1)], "1 of 3 rows differ: a 2"),
        ([line(0), line(1, score=0.6), line(2), line(3)], "2 of 4 rows differ: a 1, a 3"),
        ([line(n, score=1.0) for n in range(8)], "8 of 8 rows differ: a 0, a 1, a 2, a 3, a 4 and 3 more"),
    ],
)
def test_rows_that_differ_from_the_undisturbed_ones_are_named(
    outputs: Outputs, tmp_path: Path, lines: list[bytes], text: str
) -> None:
    """Missing, other, or too many."""
    (tmp_path / "reference.jsonl").write_bytes(b"".join(lines))
    assert Check("reference", holds=False, text=text) in checks_of(outputs, tmp_path / "reference.jsonl")[1]


def test_a_video_of_another_length(outputs: Outputs) -> None:
    """It plays, but a picture is missing."""
    draw(outputs.videos[0], [0, 1])
    assert Check("video out.mp4", holds=False, text="2 pictures, but 3 rows") in checks_of(outputs)[1]


def test_a_video_whose_times_do_not_grow(outputs: Outputs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures at one time: libav writes no such file, so its reader is made to see one."""

    class Video:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def decode(self, **_: int) -> list[SimpleNamespace]:
            return [SimpleNamespace(pts=time) for time in (0, 1, 1)]

    monkeypatch.setattr(av, "open", lambda _: Video())
    assert Check("video out.mp4", holds=False, text="picture 2 is not after the one before") in checks_of(outputs)[1]


@pytest.mark.parametrize("content", [b"", b"no video at all"])
def test_a_video_that_does_not_play(outputs: Outputs, content: bytes) -> None:
    """In the words of the library."""
    outputs.videos[0].write_bytes(content)
    verdict = checks_of(outputs)[1][-1]
    assert not verdict.holds
    assert verdict.text.startswith("it does not play")


def test_a_video_that_is_missing(outputs: Outputs) -> None:
    """It was asked for."""
    outputs.videos[0].unlink()
    assert not checks_of(outputs)[1][-1].holds


def test_files_of_each_stream_are_found_by_their_template(tmp_path: Path) -> None:
    """Each video is as long as its own stream; others in the folder are not of the run."""
    for stream, count in {"a": 1, "b [x]": 2}.items():
        (tmp_path / f"out-{stream}.jsonl").write_bytes(b"".join(line(n, stream) for n in range(count)))
        draw(tmp_path / f"{stream}.mp4", list(range(count)))
    (tmp_path / "out-.jsonl").write_bytes(b"?")
    (tmp_path / "out-c.jsonl.journal").write_bytes(b"?")
    template = tmp_path / "out-{stream}.jsonl"
    assert [path.name for path in files([template])] == ["out-a.jsonl", "out-b [x].jsonl"]
    rows, checks = checks_of(Outputs((template,), (tmp_path / "{stream}.mp4",)))
    assert rows.frames == {"a": 1, "b [x]": 2}
    assert [check.text for check in checks] == [
        "3 of 2 streams, each frame once, in order",
        "1 pictures, times only grow",
        "2 pictures, times only grow",
    ]


def test_a_stall_is_judged_only_against_what_is_allowed() -> None:
    """In milliseconds."""
    stalls = Stalls()
    stalls.see(1, 0.0)
    stalls.see(2, 0.4)
    assert check_stall(stalls, 0.5) == Check("stall", holds=True, text="400 ms, allowed are 500 ms")
    assert not check_stall(stalls, 0.3).holds


def test_outputs_add_up() -> None:
    """Those of the command line, and those named besides."""
    assert Outputs((Path("a"),)) + Outputs((Path("b"),), (Path("c"),)) == Outputs((Path("a"), Path("b")), (Path("c"),))
