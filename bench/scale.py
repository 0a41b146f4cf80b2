"""What the fleet itself can do, with devices that cost nothing: frames a second, and CPU time a frame of each role.

    python bench/scale.py rate [--workers 4] [--requests 63] [--frames 60000] [--repeats 3] [--out FILE]

Real producer and collector processes, with simulated workers in a third one (`light_workers.py`) over TCP on loopback,
a synthetic source, rows as JSON lines. Figures are of the time between two rows, after everything has started. CPU time
is that of every thread of a role, as the kernel counts it.

`rate`: as many descriptors as they can take, the simulated devices taking no time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from common import limits  # noqa: E402 - the repository's root has to be found first
from common.child_environment import environment  # noqa: E402

ROLES: Final = ("producer", "collector", "workers")
PATIENCE_S: Final = 60.0
POLL_S: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is run.

    Attributes:
        workers: simulated workers.
        service_ms: that each takes for a frame.
        requests: frames that each has at a time, beside the next one.
        streams: of the one producer.
        frames: of all streams together.
        window: unsettled frames; 0 for twice what the workers hold.
    """

    workers: int
    service_ms: float = 0.0
    requests: int = 2
    streams: int = 1
    frames: int = 60_000
    window: int = 0

    @property
    def window_frames(self) -> int:
        """The window, as the producer takes it."""
        wanted = self.window or 2 * self.workers * (self.requests + 1)
        return max(limits.WINDOW_DEFAULT_FRAMES, 2 * self.streams, min(limits.WINDOW_MAX_FRAMES, wanted))


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: rows so far, seconds, and CPU seconds of each thread of each role."""

    rows: int
    at_s: float
    cpu_s: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Between two marks.

    Attributes:
        fps: rows a second.
        us: CPU microseconds a frame, by role.
        threads: the same by thread of each role.
    """

    frames: int
    fps: float
    us: dict[str, float]
    threads: dict[str, dict[str, float]] = field(repr=False)


class Rows:
    """A file that grows, by its lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.count = 0

    def read(self) -> int:
        """Count the lines that are there by now."""
        while chunk := self._file.read(1 << 20):
            self.count += chunk.count(b"\n")
        return self.count


@contextmanager
def started(words: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the block ends."""
    process = subprocess.Popen([sys.executable, *words], env=environment(), stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(path: Path, whose: subprocess.Popen[bytes]) -> None:
    """Wait until a process has made a file."""
    never, end = threading.Event(), time.monotonic() + PATIENCE_S
    while not path.exists():
        if whose.poll() is not None or time.monotonic() > end:
            sys.exit(f"{whose.args!r} did not begin")
        never.wait(0.01)


def observe(setup: Setup, marks: Sequence[int]) -> list[Mark]:
    """Run a fleet until the last of `marks` rows are there, and return what each of these moments was like."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        rows, results, work = folder / "out.jsonl", folder / "results", folder / "work"
        collector = stack.enter_context(
            started(["-m", "vinofleet", "collector", "--bind", "tcp://127.0.0.1:*", "--address-file", str(results),
                     "--json", str(rows)])
        )  # fmt: skip
        wait_for(results, collector)
        each = -(-setup.frames // setup.streams)
        producer = stack.enter_context(
            started(["-m", "vinofleet", "producer", *[f"synthetic://counter?frames={each}"] * setup.streams,
                     "--model", "scripted://", "--bind", "tcp://127.0.0.1:*", "--address-file", str(work),
                     "--collector", results.read_text().strip(), "--window", str(setup.window_frames)])
        )  # fmt: skip
        wait_for(work, producer)
        workers = stack.enter_context(
            started([str(ROOT / "bench/light_workers.py"), "--connect", work.read_text().strip(),
                     "--workers", str(setup.workers), "--service-ms", str(setup.service_ms),
                     "--requests", str(setup.requests)])
        )  # fmt: skip
        wait_for(rows, collector)
        processes = dict(zip(ROLES, (producer, collector, workers), strict=True))
        return list(watch(Rows(rows), processes, marks))


def watch(rows: Rows, processes: dict[str, subprocess.Popen[bytes]], marks: Sequence[int]) -> Iterator[Mark]:
    """Wait for each number of rows."""
    never = threading.Event()
    came, changed_at = 0, time.monotonic()
    for wanted in marks:
        while (count := rows.read()) < wanted:
            now = time.monotonic()
            if count > came:
                came, changed_at = count, now
            for role, process in processes.items():
                if process.poll() is not None or now > changed_at + PATIENCE_S:
                    sys.exit(f"no more rows after {count}; the {role} has ended with {process.returncode}")
            never.wait(POLL_S)
        yield Mark(count, time.monotonic(), {role: cpu_s(process.pid) for role, process in processes.items()})


def cpu_s(pid: int) -> dict[str, float]:
    """CPU seconds of a process: of its loop, of its other Python threads, of each that names itself (ZeroMQ's do)."""
    found: dict[str, float] = {}
    own = Path(f"/proc/{pid}/comm").read_text()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it has ended
            seconds = int((task / "schedstat").read_text().split()[0]) / 1e9
            name = (task / "comm").read_text()
            thread = "loop" if task.name == str(pid) else "others" if name == own else name.strip()
            found[thread] = found.get(thread, 0.0) + seconds
    return found


def between(first: Mark, last: Mark) -> Figures:
    """What happened between two marks."""
    frames = last.rows - first.rows
    threads = {
        role: {
            name: 1e6 * (seconds - first.cpu_s[role].get(name, 0.0)) / frames
            for name, seconds in last.cpu_s[role].items()
        }
        for role in last.cpu_s
    }
    us = {role: sum(each.values()) for role, each in threads.items()}
    return Figures(frames, frames / (last.at_s - first.at_s), us, threads)


def rate(asked: argparse.Namespace) -> list[dict[str, object]]:
    """As many descriptors as a producer and a collector can take."""
    setup = Setup(workers=asked.workers, requests=asked.requests, streams=asked.streams, frames=asked.frames)
    found = []
    for _ in range(asked.repeats):
        figures = between(*observe(setup, (setup.frames // 5, setup.frames * 19 // 20)))
        found.append(figures)
        print(say(figures), flush=True)
        for role, threads in figures.threads.items():
            shares = ", ".join(f"{name} {us:.1f}" for name, us in threads.items() if us > 0.05)
            print(f"    {role}: {shares}", flush=True)
    print(f"median {statistics.median(one.fps for one in found):.0f} frames a second")
    return [{"setup": asdict(setup), **asdict(one)} for one in found]


def say(figures: Figures) -> str:
    """Figures in one line."""
    shares = ", ".join(f"{role} {us:.1f}" for role, us in figures.us.items())
    return f"{figures.fps:8.0f} frames a second; CPU us a frame: {shares}, in all {sum(figures.us.values()):.1f}"


MEASURES: Final = {"rate": rate}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="What the fleet itself can do, with devices that cost nothing.")
    parser.add_argument("what", choices=list(MEASURES))
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--requests", type=int, default=63)
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--frames", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write all figures to this file, as JSON")
    asked = parser.parse_args()
    version = subprocess.run(
        [sys.executable, "-m", "vinofleet", "--version"], env=environment(), check=True, capture_output=True, text=True
    ).stdout.replace("\n", ", ")
    machine = f"{platform.platform()}, {os.cpu_count()} cores"
    print(" ".join(sys.argv), machine, version, flush=True)
    found = MEASURES[asked.what](asked)
    if asked.out is not None:
        head = {"command": sys.argv, "machine": machine, "versions": version}
        asked.out.write_text(json.dumps({**head, "runs": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
