"""The notebook's AsyncInferQueue loop and the fleet with one worker, in turn, on the same 1080p clip.

    python bench/notebook_vs_fleet.py --assets FOLDER [--frames 400] [--short 100] [--repeats 3]

Prints machine, versions, every raw figure, and medians. CPU ms a frame counts all processes of each side from start to
end, start-up included; "each further frame" takes a second, shorter run of both sides off, so that start-up (imports,
compiling) falls out and what a long video costs is left. Compare ratios: the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.clips import upscaled  # noqa: E402 - the repository's root has to be found first
from common.machine import machine_facts, versions  # noqa: E402

SIDES = ("notebook", "notebook_throughput", "fleet")


@dataclass(frozen=True)
class Figures:
    """One run of one side.

    Attributes:
        frames: inferred.
        wall_s: of the whole side, from the first process's start to the last one's end.
        cpu_s: user and system time of all its processes.
        fps: as the side itself measured it, without start-up.
        cpu_by_process_s: the same time, process by process.
    """

    frames: int
    wall_s: float
    cpu_s: float
    fps: float
    cpu_by_process_s: tuple[float, ...]


def main() -> None:
    """Run both sides in turn and print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--assets", type=Path, default=os.environ.get("VINOFLEET_ASSETS"))
    options.add_argument("--frames", type=int, default=400)
    options.add_argument("--short", type=int, default=100)
    options.add_argument("--repeats", type=int, default=3)
    asked = options.parse_args()
    if asked.assets is None:
        options.error("--assets (or VINOFLEET_ASSETS) names the folder with videos/vtest.avi and the model")
    model = asked.assets / "models/person-detection-0202/person-detection-0202.xml"
    clips = {n: upscaled(asked.assets / "videos/vtest.avi", n) for n in (asked.frames, asked.short)}
    print("command:", " ".join(sys.argv))
    print("machine:", json.dumps(machine_facts()))
    print("versions:", json.dumps(versions()))
    runs: dict[tuple[str, int], list[Figures]] = {(side, n): [] for side in SIDES for n in clips}
    for repeat in range(asked.repeats):
        for (side, n), done in runs.items():
            figures = fleet(clips[n], model) if side == "fleet" else notebook(clips[n], model, side)
            assert figures.frames == n, f"{side} inferred {figures.frames} of {n} frames"
            done.append(figures)
            print(f"run {repeat + 1} {side:20} {n:5} frames: {figures}", flush=True)
    summarise(runs, asked.frames, asked.short)


def summarise(runs: dict[tuple[str, int], list[Figures]], frames: int, short: int) -> None:
    """Print medians over the repeats, and the fleet against the others within each repeat."""
    further: dict[str, list[float]] = {}
    print(f"\n{'':20} {'FPS':>8} {'CPU ms a frame':>16} {'each further frame':>20}")
    for side in SIDES:
        pairs = list(zip(runs[side, frames], runs[side, short], strict=True))
        further[side] = [1000 * (long.cpu_s - brief.cpu_s) / (frames - short) for long, brief in pairs]
        fps = statistics.median(long.fps for long, _ in pairs)
        whole = statistics.median(1000 * long.cpu_s / frames for long, _ in pairs)
        print(f"{side:20} {fps:8.1f} {whole:16.2f} {statistics.median(further[side]):20.2f}")
    for side in SIDES[:-1]:
        whole_ratios = [a.cpu_s / b.cpu_s for a, b in zip(runs["fleet", frames], runs[side, frames], strict=True)]
        ratios = [a / b for a, b in zip(further["fleet"], further[side], strict=True)]
        print(
            f"fleet / {side}: CPU of a whole run {statistics.median(whole_ratios):.3f} {rounded(whole_ratios)}, "
            f"of each further frame {statistics.median(ratios):.3f} {rounded(ratios)}"
        )


def rounded(values: list[float]) -> list[float]:
    """Return the raw ratios, short enough to print."""
    return [round(value, 3) for value in values]


def notebook(clip: Path, model: Path, side: str) -> Figures:
    """Run the notebook's loop as a process."""
    hint = "throughput" if side == "notebook_throughput" else "default"
    command = [sys.executable, str(ROOT / "bench/notebook_loop.py"), str(clip), str(model), "--hint", hint]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    process.stdout.close()
    cpu_s = reap([process])
    said = json.loads(printed)
    wall_s = time.perf_counter() - started
    return Figures(said["frames"], wall_s, sum(cpu_s), said["frames"] / said["loop_s"], cpu_s)


def fleet(clip: Path, model: Path) -> Figures:
    """Run collector, worker and producer (in this order in the figures), as a user would start them by hand."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        sockets = [f"ipc://{folder}/{name}" for name in ("frames", "results")]
        commands = [
            ["collector", "--bind", sockets[1], "--json", f"{folder}/out.jsonl", "--report", str(report)],
            ["worker", "--connect", sockets[0]],
            ["producer", str(clip), "--model", str(model), "--bind", sockets[0], "--collector", sockets[1]],
        ]
        started = time.perf_counter()
        processes = [subprocess.Popen([sys.executable, "-m", "vinofleet", *command], cwd=ROOT) for command in commands]
        cpu_s = reap(processes)
        wall_s = time.perf_counter() - started
        said = json.loads(report.read_text())
        assert said["frames"]["ok"] == said["frames"]["captured"], said["frames"]
        return Figures(said["frames"]["ok"], wall_s, sum(cpu_s), said["fps"], cpu_s)


def reap(processes: list[subprocess.Popen[str]] | list[subprocess.Popen[bytes]]) -> tuple[float, ...]:
    """Wait for processes and return the CPU seconds of each, those of its own children included."""
    cpu_s: list[float] = []
    for process in processes:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{process.args!r} ended with {process.returncode}"
        cpu_s.append(round(usage.ru_utime + usage.ru_stime, 3))
    return tuple(cpu_s)


if __name__ == "__main__":
    main()
