"""Frames over cables of 100 Mbit/s, 1 and 10 Gbit/s: frames a second by wire format, beside what link and CPU allow.

    python bench/links.py [--mbit 100 1000 10000] [--wire i420 jpeg auto] [--repeats 3] [--out FILE]

Producer and collector on one machine, a worker with the scripted engine on each of two others (network namespaces, see
`cables.py`; it needs root), one synthetic source. In each repeat, in turns: every format over every cable, and over one
that is not limited, which shows what the CPU allows. The least of that and of what the cable carries (measured by a
plain TCP connection, divided by the bytes of a frame) is what could be reached. Figures are of `--seconds` after
`--warm` seconds from the first row, in which `auto` tries the formats.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.cables import Machine, goodput, network  # noqa: E402 - the repository's root has to be found first
from common.child_environment import environment  # noqa: E402

WORKERS: Final = 2
UNLIMITED: Final = 0.0
PATIENCE_S: Final = 30.0
GOODPUT_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """One fleet over one cable.

    Attributes:
        mbit: the cable's limit; 0 for none.
        wire: as it was asked for.
        used: the formats in which workers got their last frames, by the report.
        fps: frames a second.
        frame_bytes: what the cable carried for each, packets' headers and all other messages included.
        link: share of the cable's limit that was used; 0 without one.
        cpu_ms: of all processes, a frame.
    """

    mbit: float
    wire: str
    used: tuple[str, ...]
    fps: float
    frame_bytes: float
    link: float
    cpu_ms: float


def main() -> None:
    """Measure and print."""
    asked = _asked()
    head = {
        "command": sys.argv,
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
        "versions": _output([sys.executable, "-m", "vinofleet", "--version"]).replace("\n", ", "),
    }
    print(*head.values(), flush=True)
    runs: list[Run] = []
    carried: dict[float, list[float]] = {}
    for _ in range(asked.repeats):
        for mbit in (UNLIMITED, *asked.mbit):
            with network(WORKERS, mbit) as (first, others):
                if mbit:
                    carried.setdefault(mbit, []).append(goodput(first, others[0], GOODPUT_S))
                for wire in asked.wire:
                    runs.append(run(first, others, mbit, wire, asked))
                    print(json.dumps(asdict(runs[-1])), flush=True)
    limits = {mbit: statistics.median(each) for mbit, each in carried.items()}
    summary = [_summary(runs, mbit, wire, limits[mbit]) for mbit in asked.mbit for wire in asked.wire]
    for line in summary:
        print(json.dumps(line))
    if asked.out is not None:
        found = {**head, "carried_bytes_a_second": limits, "summary": summary, "runs": [asdict(one) for one in runs]}
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


def run(first: Machine, others: Sequence[Machine], mbit: float, wire: str, asked: argparse.Namespace) -> Run:
    """Run a fleet for a while."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        rows = folder / "out.jsonl"
        collector = stack.enter_context(
            _started(first, "collector", "--bind", "tcp://0.0.0.0:5556", "--insecure", "--json", str(rows),
                     "--report", str(folder / "report.json"))
        )  # fmt: skip
        producer = stack.enter_context(
            _started(first, "producer", asked.source, "--loop", "--model", asked.model, "--wire", wire, "--insecure",
                     "--bind", "tcp://0.0.0.0:5555", "--collector", f"tcp://{first.address}:5556",
                     "--transport", "inline")
        )  # fmt: skip
        workers = [
            stack.enter_context(_started(machine, "worker", "--connect", f"tcp://{first.address}:5555"))
            for machine in others
        ]
        processes = [collector, producer, *workers]
        _wait_for_rows(rows, processes)
        never = threading.Event()
        never.wait(asked.warm)
        began = (time.monotonic(), _lines(rows), first.sent_bytes(), _cpu_s(processes))
        never.wait(asked.seconds)
        ended = (time.monotonic(), _lines(rows), first.sent_bytes(), _cpu_s(processes))
        producer.send_signal(signal.SIGINT)
        collector.wait(PATIENCE_S)
        seconds, frames, sent, cpu_s = (after - before for before, after in zip(began, ended, strict=True))
        report = json.loads((folder / "report.json").read_text())
    used = tuple(sorted({str(worker["wire"]["form"]) for worker in report["workers"] if worker["wire"]}))
    link = 8 * sent / seconds / (mbit * 1e6) if mbit else 0.0
    return Run(mbit, wire, used, frames / seconds, sent / frames, link, 1000 * cpu_s / frames)


def _summary(runs: Sequence[Run], mbit: float, wire: str, carried: float) -> dict[str, object]:
    """What was reached beside what could be: medians."""

    def median(what: str, where: float, how: str) -> float:
        return float(statistics.median(getattr(one, what) for one in runs if (one.mbit, one.wire) == (where, how)))

    used = sorted({form for one in runs if (one.mbit, one.wire) == (mbit, wire) for form in one.used})
    alone = used[0] if len(used) == 1 and any(one.wire == used[0] for one in runs) else wire  # what auto came to
    fps, by_cpu = median("fps", mbit, wire), median("fps", UNLIMITED, alone)
    by_link = carried / median("frame_bytes", mbit, wire)
    return {
        "mbit": mbit,
        "wire": wire,
        "used": used,
        "fps": round(fps, 1),
        "link_allows": round(by_link, 1),
        "cpu_allows": round(by_cpu, 1),
        "reached": round(fps / min(by_link, by_cpu), 3),
        "frame_bytes": round(median("frame_bytes", mbit, wire)),
        "link_used": round(median("link", mbit, wire), 3),
        "cpu_ms": round(median("cpu_ms", mbit, wire), 3),
    }


@contextmanager
def _started(machine: Machine, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a role on a machine until the block ends; `ip` becomes the role."""
    command = [*machine.prefix(), sys.executable, "-m", "vinofleet", *words]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for_rows(rows: Path, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    never, end = threading.Event(), time.monotonic() + PATIENCE_S
    while not (rows.exists() and rows.stat().st_size):
        for process in processes:
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"no row came; {process.args!r} ended with {process.returncode}")
        never.wait(0.01)


def _lines(rows: Path) -> int:
    return rows.read_bytes().count(b"\n")


def _cpu_s(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    """CPU seconds of all threads so far."""
    tasks = [task for process in processes for task in Path(f"/proc/{process.pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, env=environment(), check=True, capture_output=True, text=True).stdout


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mbit", type=float, nargs="+", default=[100.0, 1000.0, 10_000.0])
    parser.add_argument("--wire", nargs="+", default=["i420", "jpeg", "auto"])
    parser.add_argument("--source", default="synthetic://counter?frames=100000&size=1920x1080")
    parser.add_argument("--model", default="scripted://?width=512&height=512&requests=4")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--warm", type=float, default=3.0)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--out", type=Path, help="write all figures to this file, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
