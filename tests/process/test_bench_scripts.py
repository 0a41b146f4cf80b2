"""Every script in bench/ begins, and those that take seconds measure a little: that they work, not what they find."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from common.child_environment import environment
from tests.process.roles import ROOT

pytestmark = pytest.mark.process

BENCH = ROOT / "bench"
LIBRARIES = {"scale_chart", "scale_fleet", "cables"}
"""Of the scripts."""
WITHOUT_OPTIONS = {"clips", "rtsp", "status"}
ELSEWHERE = {"model_api_loop"}
"""Runs in an environment of its own."""
SCRIPTS = sorted(path.stem for path in BENCH.glob("*.py") if path.stem not in LIBRARIES | ELSEWHERE)


def bench(name: str, *words: str) -> str:
    """Run a script to its end, and return what it printed."""
    done = subprocess.run(
        [sys.executable, str(BENCH / f"{name}.py"), *words],
        env=environment(), check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in WITHOUT_OPTIONS])
def test_it_says_what_it_does(name: str) -> None:
    """So all that it imports is there."""
    assert bench(name, "--help").startswith("usage:")


def test_descriptors_are_counted_and_drawn(tmp_path: Path) -> None:
    """A producer, a collector and simulated workers, at the fastest and at a pace; figures as JSON, curves as PNG."""
    few = ("--results", str(tmp_path), "--seconds", "0.3", "--counts", "2")
    bench("scale", "rate", *few, "--frames", "1500", "--repeats", "1", "--requests", "7")
    bench("scale", "streams", *few)
    found = json.loads((tmp_path / "scale-rate.json").read_text())
    (run,) = found["runs"]
    assert run["setup"]["workers"] == 4
    assert run["figures"]["frames"] > 0
    assert all(us > 0 for us in run["figures"]["us"].values())
    chart = tmp_path / "scale.png"
    bench("scale", "chart", "--results", str(tmp_path), "--chart", str(chart))
    assert chart.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_simulated_and_real_workers_do_as_they_are_told(tmp_path: Path) -> None:
    """Devices of 40 frames a second: nobody is faster."""
    few = ("--results", str(tmp_path), "--seconds", "0.5", "--counts", "2", "--speeds", "40")
    for what in ("devices", "processes"):
        bench("scale", what, *few)
        (run,) = json.loads((tmp_path / f"scale-{what}.json").read_text())["runs"]
        assert run["figures"]["fps"] < 2 * 40 * 1.25


def test_asking_a_producer_is_measured() -> None:
    """In one process."""
    assert "workers" in bench("status")


def test_painting_a_street_is_measured() -> None:
    """A few small frames of one street."""
    line = bench("street", "--frames", "8", "--size", "320x180", "--seeds", "1", "--repeats", "1")
    assert json.loads(line.splitlines()[0])
