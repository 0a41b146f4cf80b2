"""Recorded sources of every kind, and parts of them, through whole fleets."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.process.media import model
from tests.process.roles import Shell

pytestmark = pytest.mark.process


def rows(path: Path) -> list[dict[str, object]]:
    """What was written."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_broken_image_in_the_middle_fails_alone(shell: Shell, tmp_path: Path) -> None:
    """The others are ok, the run is complete, and the picture of each is there, of whatever size it was."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for number in range(1, 11):
        cv2.imwrite(str(folder / f"shot{number}.jpg"), np.full((48 + 8 * number, 64, 3), 9 * number, np.uint8))
    (folder / "shot5.jpg").write_bytes((folder / "shot5.jpg").read_bytes()[:200])
    (folder / "list.txt").touch()
    out, video = tmp_path / "out.jsonl", tmp_path / "out.mp4"
    run = shell.run("run", str(folder), "--model", str(model(tmp_path)), "--json", str(out), "--output", str(video))
    assert run.ends() == 0, run
    assert [row["reason"] if row["status"] == "failed" else row["status"] for row in rows(out)] == [
        "undecodable" if number == 5 else "ok" for number in range(1, 11)
    ]
    assert "captured 10 = ok 9 + failed 1 + dropped 0" in "".join(run.text)
    assert any("10 images; 1 other entry is left out" in line for line in run.text)
    with av.open(video) as container:
        assert len(list(container.decode(video=0))) == 10


def test_twenty_sources_through_two_workers(shell: Shell, tmp_path: Path) -> None:
    """Each stream is complete and in order, and its frames are its own."""
    sources = [f"synthetic://counter?frames={20 + n}&size=64x48&seed={n}" for n in range(20)]
    out = tmp_path / "out.jsonl"
    run = shell.run("run", *sources, "--workers", "2", "--model", "scripted://?service_ms=1", "--json", str(out))
    assert run.ends() == 0, run
    of: dict[object, list[dict[str, object]]] = {}
    for row in rows(out):
        of.setdefault(row["stream"], []).append(row)
    assert len(of) == 20
    assert sorted(map(len, of.values())) == [20 + n for n in range(20)]
    for stream in of.values():
        assert [row["frame"] for row in stream] == list(range(len(stream)))
        assert {row["status"] for row in stream} == {"ok"}


def test_a_variable_rate_is_kept(shell: Shell, tmp_path: Path) -> None:
    """Rows and pictures have the times of the source's frames."""
    times = [0, 40, 45, 300, 310, 1000, 1033, 1900]
    clip = tmp_path / "clip.mp4"
    with av.open(clip, "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, pts in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((72, 64), 20 * number, np.uint8), "yuv420p")
            frame.pts, frame.time_base = pts, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    out, video = tmp_path / "out.jsonl", tmp_path / "out.mp4"
    run = shell.run("run", str(clip), "--model", str(model(tmp_path)), "--json", str(out), "--output", str(video))
    assert run.ends() == 0, run
    assert [row["pts"] for row in rows(out)] == pytest.approx([pts / 1000 for pts in times], abs=1e-6)
    with av.open(video) as container:
        shown = [frame.time for frame in container.decode(video=0)]
    assert [after - before for before, after in pairwise(shown)] == pytest.approx(
        [(after - before) / 1000 for before, after in pairwise(times)], abs=2e-3
    )


def test_parts_of_a_source_go_through_a_fleet(shell: Shell, tmp_path: Path) -> None:
    """What `run` is asked reaches the producer; rows are numbered from 0, times are the source's."""
    out = tmp_path / "out.jsonl"
    options = ["--start", "0.2", "--every", "3", "--loop", "--frames", "7", "--roi", "0,0,32,24", "--flip", "both"]
    source = "synthetic://counter?frames=14&size=64x48&fps=25"
    run = shell.run("run", source, *options, "--model", "scripted://?service_ms=1", "--json", str(out))
    assert run.ends() == 0, run
    assert [row["frame"] for row in rows(out)] == list(range(7))
    frames = [round(float(str(row["pts"])) * 25) for row in rows(out)]
    assert frames == [5, 8, 11, 14, 17, 20, 23]
