"""`make demo`: a whole fleet, from moving boxes to a video with boxes drawn around them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

from producer.movers import UNITS, places
from tests.process.roles import ROOT

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(180)]

WIDTH, HEIGHT, FRAMES, SEED = 640, 360, 500, 1
"""Of the demo's source."""


def overlap(one: list[float], other: list[float]) -> float:
    """Return intersection over union."""
    x1, y1, x2, y2 = (pick(pair) for pick, pair in zip((max, max, min, min), zip(one, other, strict=True), strict=True))
    common = max(0.0, x2 - x1) * max(0.0, y2 - y1)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return common / (sum(areas) - common)


def test_the_demo_finds_what_moves(tmp_path: Path) -> None:
    """Every box of every frame is found once, where it is, and nothing else; each frame is in the video."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "scripts/demo.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=150)
    assert done.returncode == 0, done
    rows = [json.loads(line) for line in (tmp_path / "demo.jsonl").read_text().splitlines()]
    assert [row["frame"] for row in rows] == list(range(FRAMES))
    hits, said, there = 0, 0, 0
    for row in rows:
        want = [
            [at * side / UNITS for at, side in zip(box, (WIDTH, HEIGHT) * 2, strict=True)]
            for box in places(row["frame"], SEED)
        ]
        found = [detection["box"] for detection in row["detections"]]
        hits += sum(any(overlap(box, other) > 0.6 for other in found) for box in want)
        said, there = said + len(found), there + len(want)
    assert hits / there > 0.99
    assert hits / said > 0.99
    with av.open(tmp_path / "demo.mp4") as video:
        assert sum(1 for _ in video.decode(video=0)) == FRAMES
    assert (tmp_path / "report.html").stat().st_size
    assert json.loads((tmp_path / "report.json").read_text())["frames"]["ok"] == FRAMES
