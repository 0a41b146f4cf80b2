"""What drawing and encoding cost a run: JSON lines alone, drawn to `null:`, and as an MP4, in turns.

    VINOFLEET_ASSETS=FOLDER python bench/outputs.py [--repeats 5] [--frames 200] [--size 576|1080]...

Each is a `vinofleet run` with one worker of person-detection-0202 on the CPU. Prints raw figures of each run as JSON
(CPU milliseconds a frame of all processes, frames a second of the whole command), then medians, and their ratio to
JSON lines alone. CPU time includes what starting takes, which is the same for all: differences are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.clips import upscaled  # noqa: E402 - the repository's root has to be found first

VINOFLEET: Final = (sys.executable, "-m", "vinofleet")

OUTPUTS: Final[dict[str, tuple[str, ...]]] = {
    "json": (),
    "json, null:": ("--output", "null:"),
    "json, mp4": ("--output", "out.mp4"),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--size", type=int, choices=(576, 1080), action="append")
    asked = parser.parse_args()
    assets = Path(os.environ["VINOFLEET_ASSETS"]).resolve()
    model = assets / "models/person-detection-0202/person-detection-0202.xml"
    source = assets / "videos/vtest.avi"
    os.environ["PYTHONPATH"] = str(ROOT)
    version = subprocess.run([*VINOFLEET, "--version"], check=True, capture_output=True, text=True).stdout
    print(" ".join(sys.argv), platform.platform(), f"{os.cpu_count()} cores", version.replace("\n", ", "))
    for size in asked.size or (576, 1080):
        clip, frames = (source, 795) if size == 576 else (upscaled(source, asked.frames), asked.frames)
        compare(size, clip, model, frames, asked.repeats)


def compare(size: int, clip: Path, model: Path, frames: int, repeats: int) -> None:
    """Run each kind of output in turns."""
    measured = defaultdict(list)
    for repeat in range(repeats):
        for name, arguments in OUTPUTS.items():
            cpu_ms, fps = run(clip, model, frames, arguments)
            measured[name].append((cpu_ms, fps))
            print(
                json.dumps({"size": size, "output": name, "repeat": repeat, "cpu_ms": cpu_ms, "fps": fps}), flush=True
            )
    base = statistics.median(cpu_ms for cpu_ms, _ in measured["json"])
    for name, figures in measured.items():
        cpu_ms, fps = (statistics.median(column) for column in zip(*figures, strict=True))
        ratio = f"{cpu_ms - base:+.1f} ms, x{cpu_ms / base:.3f}"
        print(f"{size} lines, {name}: {cpu_ms:.1f} CPU ms a frame ({ratio}), {fps:.1f} FPS")


def run(clip: Path, model: Path, frames: int, arguments: tuple[str, ...]) -> tuple[float, float]:
    """Return CPU milliseconds a frame and frames a second of one run, from its first process's start to its end."""
    command = [*VINOFLEET, "run", str(clip), "--model", str(model), "--labels", "person"]
    with tempfile.TemporaryDirectory() as folder:
        before, began = children_cpu_s(), time.perf_counter()
        done = subprocess.run(
            [*command, "--json", "out.jsonl", *arguments],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        seconds, cpu_s = time.perf_counter() - began, children_cpu_s() - before
        assert f"captured {frames} = ok {frames} " in done.stdout, done.stdout
    return round(cpu_s / frames * 1000, 2), round(frames / seconds, 2)


def children_cpu_s() -> float:
    """Return the CPU seconds of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
