"""What the fleet itself can do, with devices that cost nothing: frames a second, and CPU time a frame of each role.

    python bench/scale.py rate       # as many descriptors as a producer and a collector can take
    python bench/scale.py devices    # frames a second beside workers x speed of their devices
    python bench/scale.py processes  # the same with real worker processes
    python bench/scale.py workers    # CPU time a frame, by the number of workers
    python bench/scale.py streams    # the same by the number of streams
    python bench/scale.py pairs      # the same by streams of 25 frames a second, with a worker each
    python bench/scale.py length     # the same over one long run
    python bench/scale.py chart      # draws what is in --results, as PNG

Real producer and collector processes over TCP on loopback, a synthetic source, rows as JSON lines; up to 16 workers may
be processes (`processes`), otherwise they are simulated in one (`light_workers.py`). Figures are of the time between
two rows, after everything has started. CPU time is that of every thread of a role, as the kernel counts it. Each
measure writes its figures to --results, as JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.scale_fleet import Figures, Setup, between, observe  # noqa: E402 - the repository's root has to be found first
from common.machine import machine_facts, versions  # noqa: E402
from vinofleet.measure.files import write_json  # noqa: E402

COUNTS: Final = (1, 4, 16, 64, 256)
PROCESSES: Final = (1, 2, 4, 8, 16)
STREAMS: Final = (1, 4, 16, 64, 256)
SPEEDS: Final = (10, 40, 100)
"""Frames a second of a device."""
STEADY_FPS: Final = 2000
"""Of all workers together, where costs are compared: far from the limit, so that nothing queues up."""
PAIR_FPS: Final = 25
"""Of a stream and its worker."""
SLICES: Final = 10
SLOTS, WINDOW = 16, 256
"""Of `streams`: of each, and of all at least."""

Found = Iterator[tuple[Setup, Figures]]


def rate(asked: argparse.Namespace) -> Found:
    """As many descriptors as a producer and a collector can take: devices take no time."""
    setup = Setup(workers=asked.workers, requests=asked.requests, streams=asked.streams, frames=asked.frames)
    for _ in range(asked.repeats):
        yield setup, one(setup, asked.frames // 5, asked.frames * 4 // 5)


def devices(asked: argparse.Namespace) -> Found:
    """Frames a second of simulated workers, by how many and how fast they are."""
    for speed in asked.speeds:
        for workers in asked.counts:
            yield timed(Setup(workers=workers, service_ms=1000 / speed), speed * workers, asked.seconds)


def processes(asked: argparse.Namespace) -> Found:
    """The same with real workers."""
    for workers in PROCESSES if asked.counts == COUNTS else asked.counts:
        speed = asked.speeds[0]
        yield timed(Setup(workers=workers, service_ms=1000 / speed, real=True), speed * workers, asked.seconds)


def workers(asked: argparse.Namespace) -> Found:
    """CPU time a frame by the number of workers, who do as much together."""
    for count in asked.counts:
        yield timed(Setup(workers=count, service_ms=1000 * count / STEADY_FPS), STEADY_FPS, asked.seconds)


def streams(asked: argparse.Namespace) -> Found:
    """CPU time a frame by the number of streams, each of which has slots enough to decode some frames at a time."""
    for count in STREAMS if asked.counts == COUNTS else asked.counts:
        setup = Setup(workers=8, service_ms=8000 / STEADY_FPS, streams=count, window=max(SLOTS * count, WINDOW))
        yield timed(setup, STEADY_FPS, asked.seconds)


def pairs(asked: argparse.Namespace) -> Found:
    """CPU time a frame as streams of one rate come, each with a worker that is as fast."""
    for count in asked.counts:
        setup = Setup(workers=count, service_ms=1000 / PAIR_FPS, streams=count, window=max(SLOTS * count, WINDOW))
        yield timed(setup, PAIR_FPS * count, asked.seconds)


def length(asked: argparse.Namespace) -> Found:
    """CPU time a frame in each part of a long run."""
    setup = Setup(workers=asked.workers, requests=asked.requests, frames=asked.frames)
    marks = observe(setup, [asked.frames * part // (SLICES + 1) for part in range(1, SLICES + 1)])
    for first, last in pairwise(marks):
        yield setup, between(first, last)


def timed(setup: Setup, fps: float, seconds: float) -> tuple[Setup, Figures]:
    """Measure for so many seconds, if the fleet is as fast as its devices; after as many frames as two of them."""
    begin, frames = int(2 * fps), int(fps * seconds)
    setup = replace(setup, frames=begin + 2 * frames)
    return setup, one(setup, begin, begin + frames)


def one(setup: Setup, first: int, last: int) -> Figures:
    """Measure between two rows."""
    return between(*observe(setup, (first, last)))


def say(setup: Setup, figures: Figures) -> None:
    """Print figures."""
    speed = f" x {1000 / setup.service_ms:.0f}" if setup.service_ms else ""
    shares = ", ".join(f"{role} {us:.1f}" for role, us in figures.us.items())
    print(
        f"{setup.workers:3}{speed} workers, {setup.streams:2} streams: {figures.fps:8.0f} FPS; us: {shares}", flush=True
    )
    for role, threads in figures.threads_us.items():
        parts = ", ".join(f"{name} {us:.1f}" for name, us in threads.items() if us > 0.05)
        print(f"        {role}: {parts}", flush=True)


MEASURES: Final[dict[str, Callable[[argparse.Namespace], Found]]] = {
    each.__name__: each for each in (rate, devices, processes, workers, streams, pairs, length)
}


def measure(asked: argparse.Namespace) -> None:
    """Measure, print, keep."""
    print(" ".join(sys.argv), json.dumps(machine_facts()), flush=True)
    found = []
    for setup, figures in MEASURES[asked.what](asked):
        say(setup, figures)
        found.append({"setup": asdict(setup), "figures": asdict(figures)})
    if asked.what == "rate":
        print(f"median {statistics.median(each['figures']['fps'] for each in found):.0f} frames a second")
    if asked.results is not None:
        asked.results.mkdir(parents=True, exist_ok=True)
        head = {"command": sys.argv[1:], "machine": machine_facts(), "versions": versions()}
        write_json(asked.results / f"scale-{asked.what}.json", {**head, "runs": found})


def main() -> None:
    """Measure or draw what the command line asks for."""
    parser = argparse.ArgumentParser(description="What the fleet itself can do, with devices that cost nothing.")
    parser.add_argument("what", choices=[*MEASURES, "chart"])
    parser.add_argument("--workers", type=int, default=4, help="of `rate` and `length`")
    parser.add_argument("--requests", type=int, default=63, help="of each worker, the same")
    parser.add_argument("--frames", type=int, default=100_000, help="the same")
    parser.add_argument("--streams", type=int, default=1, help="of `rate`")
    parser.add_argument("--repeats", type=int, default=3, help="of `rate`")
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS, help="of workers or streams")
    parser.add_argument("--speeds", type=int, nargs="+", default=SPEEDS, help="of a device, frames a second")
    parser.add_argument("--seconds", type=float, default=4.0, help="that each is measured")
    parser.add_argument("--results", type=Path, help="a folder for the figures; of `chart`, where they are")
    parser.add_argument("--chart", type=Path, default=ROOT / "docs/images/scale.png", help="what `chart` writes")
    asked = parser.parse_args()
    if asked.what == "chart":
        from bench.scale_chart import draw  # noqa: PLC0415 - loads matplotlib

        draw(asked.results or ROOT / "bench/results", asked.chart)
    else:
        measure(asked)


if __name__ == "__main__":
    main()
