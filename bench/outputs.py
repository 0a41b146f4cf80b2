"""What drawing and encoding cost a run: JSON lines alone, drawn to `null:`, and as an MP4, in turns.

    VINOFLEET_ASSETS=FOLDER python bench/outputs.py [--repeats 5] [--frames 200] [--size 576|1080]...

Each is a `vinofleet run` with one worker of person-detection-0202 on the CPU. Prints raw figures of each run as JSON
(CPU milliseconds a frame of all processes, frames a second of the whole command), then medians, and their ratio to
JSON lines alone. CPU time includes what starting takes, which is the same for all: differences are what counts.

In the same turns the encoder alone codes the clip's pictures, in a process of its own; so the last line says what a
video costs beside its encoder.
"""

from __future__ import annotations

import argparse
import itertools
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

import av  # noqa: E402 - the repository's root has to be found first, here and below
from av.video.frame import PictureType  # noqa: E402

from bench.clips import upscaled  # noqa: E402
from collector.encoder import ASSUMED_RATE, opened_codec, sane_rate  # noqa: E402

VINOFLEET: Final = (sys.executable, "-m", "vinofleet")

OUTPUTS: Final[dict[str, tuple[str, ...]]] = {
    "json": (),
    (DRAWN := "json, null:"): ("--output", "null:"),
    (VIDEO := "json, mp4"): ("--output", "out.mp4"),
}

ENCODER: Final = "the encoder alone"

CODED_FRAMES: Final = 150
"""Decoded before the first is coded, so that none is in the caches as it would be right after decoding."""


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
    measured: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for repeat in range(repeats):
        for name, arguments in OUTPUTS.items():
            with tempfile.TemporaryDirectory() as folder:
                figures = {name: run(clip, model, frames, arguments, folder)}
                if name == VIDEO:
                    figures[ENCODER] = alone(clip)
            for output, (cpu_ms, fps) in figures.items():
                measured[output].append((cpu_ms, fps))
                line = {"size": size, "output": output, "repeat": repeat, "cpu_ms": cpu_ms, "fps": fps}
                print(json.dumps(line), flush=True)
    summarize(size, measured)


def summarize(size: int, measured: dict[str, list[tuple[float, float]]]) -> None:
    """Print medians, and what of a video's cost is not its encoder's."""
    medians = {
        name: tuple(statistics.median(column) for column in zip(*figures, strict=True))
        for name, figures in measured.items()
    }
    base = medians["json"][0]
    for name, (cpu_ms, fps) in medians.items():
        ratio = f"{cpu_ms - base:+.1f} ms, x{cpu_ms / base:.3f}"
        print(f"{size} lines, {name}: {cpu_ms:.1f} CPU ms a frame ({ratio}), {fps:.1f} FPS")
    encoder, drawn, video = (medians[name][0] for name in (ENCODER, DRAWN, VIDEO))
    rest = video - drawn - encoder
    print(f"{size} lines: a video costs {rest:+.2f} ms a frame beside drawing and its encoder, {rest / drawn:+.1%}")


def alone(clip: Path) -> tuple[float, float]:
    """Return CPU milliseconds a frame and frames a second of the encoder, over a clip's pictures."""
    code = f"from bench.outputs import code_again; code_again({str(clip)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    cpu_ms, fps = json.loads(done.stdout)
    return cpu_ms, fps


def code_again(clip: str) -> None:
    """Print what coding takes, decoding left out: CPU milliseconds a frame, frames a second."""
    with av.open(clip) as reading:
        stream = reading.streams.video[0]
        codec = opened_codec(stream.width, stream.height, sane_rate(stream.average_rate or ASSUMED_RATE))
        frames = list(itertools.islice(reading.decode(stream), CODED_FRAMES))
    began, began_cpu = time.perf_counter(), time.thread_time()
    for number, frame in enumerate(frames):
        frame.pts, frame.pict_type, frame.time_base = number, PictureType.NONE, codec.time_base
        codec.encode(frame)
    seconds, cpu_s = time.perf_counter() - began, time.thread_time() - began_cpu
    print(json.dumps([round(cpu_s / len(frames) * 1000, 2), round(len(frames) / seconds, 2)]))


def run(clip: Path, model: Path, frames: int, arguments: tuple[str, ...], folder: str) -> tuple[float, float]:
    """Return CPU milliseconds a frame and frames a second of one run, from its first process's start to its end."""
    command = [*VINOFLEET, "run", str(clip), "--model", str(model), "--labels", "person"]
    before, began = children_cpu_s(), time.perf_counter()
    done = subprocess.run(
        [*command, "--json", "out.jsonl", *arguments], cwd=folder, check=True, capture_output=True, text=True
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
