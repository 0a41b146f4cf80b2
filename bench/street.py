"""What the synthetic street costs: frames a second of one core, the start, memory, and what the truth costs.

    python bench/street.py [--people 6] [--size 1280x720] [--frames 600] [--seeds 5] [--repeats 3]

Prints a line of JSON a seed. Figures are CPU seconds of this process, which other processes on the machine change less
than the wall's; the best of some repeats. `first_s` is from nothing to the first frame; `fps` is for frames from the
first one on, so that it holds all drawing of people in all poses; `fps_again` for the last quarter of them once more,
when each pose is there.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from fractions import Fraction

import numpy as np

from common.job import InputSpec
from common.street import Scene, truth
from producer.street import StreetPainter


def measured(scene: Scene, frames: int) -> dict[str, float]:
    """Draw frames of a scene, at least four, each at its own size."""
    spec = InputSpec("image", scene.width, scene.height, "i420", "BGR", "stretch")
    out = np.empty(spec.nbytes, np.uint8)
    begin = time.process_time()
    painter = StreetPainter(scene)
    painter.paint(0, spec, out)
    first_s = time.process_time() - begin
    begin = time.process_time()
    for number in range(1, frames):
        painter.paint(number, spec, out)
    all_s = time.process_time() - begin
    begin = time.process_time()
    last = range(frames - frames // 4, frames)
    for number in last:
        painter.paint(number, spec, out)
    again_s = time.process_time() - begin
    begin = time.process_time()
    for number in range(frames):
        truth(scene, number)
    truth_s = time.process_time() - begin
    return {
        "first_s": first_s,
        "ms": 1000 * all_s / (frames - 1),
        "again_ms": 1000 * again_s / len(last),
        "truth_ms": 1000 * truth_s / frames,
    }


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="What the synthetic street costs.")
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--frames", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    for seed in range(1, options.seeds + 1):
        scene = Scene(options.people, width, height, Fraction(25), seed)
        runs = [measured(scene, options.frames) for _ in range(options.repeats)]
        best = {key: round(min(run[key] for run in runs), 4) for key in runs[0]}
        rates = {"fps": round(1000 / best["ms"]), "fps_again": round(1000 / best["again_ms"])}
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"seed": seed, **rates, **best, "peak_mib": peak_mib}), flush=True)


if __name__ == "__main__":
    main()
