"""A fleet for a long time, with kills, freezes and joins: does any role grow, and is every frame there?

    python bench/soak.py [--minutes 60] [--out soak.json]

`vinofleet run` with three scripted workers; `vinofleet chaos` kills and freezes them by a fixed seed; a fourth worker
joins from outside and is drained, again and again; a fifth stays, and nobody harms it. Each 10 s the resident memory,
open files and threads of `run`, producer, collector and the fifth worker are read. Then the run is interrupted, and its
rows are checked. Prints medians of the first and the last part of the time after the warm-up, and all samples
as JSON; exits 1 if a role's memory grew by more than 5 %, if its files or threads did not stay, or if a row is wrong.
Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vinofleet.chaos.processes import roles_under  # noqa: E402 - the repository's root has to be found first

VINOFLEET: Final = (sys.executable, "-m", "vinofleet")
SEED: Final = 5
EVERY_S: Final = 10.0
JOIN_S, APART_S = 15.0, 30.0
"""How long a worker from outside stays, and from one's start to the next."""
WARM_UP: Final = 1 / 6
"""Of the time; as long is the part at each end of the rest whose medians are compared."""
GROWTH_MAX: Final = 1.05
WATCHED: Final = ("run", "producer", "collector", "steady")

Sample = dict[str, tuple[int, int, int]]
"""Of each watched process: resident bytes, open files, threads."""


def main() -> int:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--out", type=Path, help="write all samples to this file")
    asked = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    version = subprocess.run([*VINOFLEET, "--version"], check=True, capture_output=True, text=True).stdout
    print(" ".join(sys.argv), platform.platform(), f"{os.cpu_count()} cores", version.replace("\n", ", "), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        samples = soak(Path(folder), asked.minutes * 60)
        wrong = rows_are_wrong(Path(folder))
    if asked.out is not None:
        asked.out.write_text(json.dumps(samples))
    return judge(samples, wrong)


def soak(folder: Path, seconds: float) -> list[Sample]:
    """Run a fleet for so long, and sample it."""
    work = free_address()
    frames = int(seconds * 400)  # more than there is time for
    source = f"synthetic://counter?frames={frames}&size=320x240"
    run = start(
        "run", source, "--model", "scripted://?service_ms=40&requests=2", "--workers", "3", "--bind", work,
        "--json", str(folder / "out.jsonl"), "--report", str(folder / "report.json"), "--output", "null:",
    )  # fmt: skip
    steady = start("worker", "--connect", work, "--name", "steady")
    chaos = start(
        "chaos", "--attach", str(run.pid), "--seed", str(SEED), "--faults", "kill,freeze", "--every", "5s",
        "--for", f"{seconds:g}s", "--log", str(folder / "chaos.jsonl"),
    )  # fmt: skip
    samples: list[Sample] = []
    guest: subprocess.Popen[bytes] | None = None
    began = time.monotonic()
    try:
        while (now := time.monotonic() - began) < seconds and not ended(run):
            if guest is None and now % APART_S < JOIN_S:
                guest = start("worker", "--connect", work, "--name", f"guest-{now:.0f}")
            elif guest is not None and now % APART_S >= JOIN_S:
                guest.terminate()
                guest.wait(30)
                guest = None
            if now >= EVERY_S * (len(samples) + 1):
                pids = {victim.role: victim.pid for victim in roles_under(run.pid)}
                samples.append({name: look(pid) for name, pid in {**pids, "run": run.pid, "steady": steady.pid}.items()
                                if name in WATCHED})  # fmt: skip
            ended(run, 0.2)
    except BaseException:
        for process in (run, steady, chaos, *([guest] if guest else [])):
            process.terminate()
        raise
    run.send_signal(signal.SIGINT)
    for process in (run, steady, chaos, *([guest] if guest else [])):
        process.wait(60)
    acts = [json.loads(line) for line in (folder / "chaos.jsonl").read_text().splitlines()]
    done = [act["fault"] for act in acts if act["what"] == "begin"]
    print(f"{done.count('kill')} kills, {done.count('freeze')} freezes, {int(seconds // APART_S)} joins", flush=True)
    return samples


def start(*words: str) -> subprocess.Popen[bytes]:
    """Start a command that nobody listens to."""
    return subprocess.Popen([*VINOFLEET, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ended(process: subprocess.Popen[bytes], within_s: float = 0.0) -> bool:
    """Whether a process ends within a time."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(within_s)
    return process.returncode is not None


def free_address() -> str:
    """A loopback port that was free a moment ago, and so was the one after it."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        other.bind(("127.0.0.1", port + 1))
    return f"tcp://127.0.0.1:{port}"


def look(pid: int) -> tuple[int, int, int]:
    """Resident bytes, open files and threads of a process."""
    process = Path(f"/proc/{pid}")
    resident = int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resident, len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


def rows_are_wrong(folder: Path) -> str:
    """What is wrong with the rows, if anything is; prints what was counted."""
    report = json.loads((folder / "report.json").read_text())
    frames = report["frames"]
    counts = {"ok": 0, "dropped": 0, "failed": 0}
    with (folder / "out.jsonl").open() as file:
        for due, line in enumerate(file):
            row = json.loads(line)
            if row["frame"] != due:
                return f"frame {row['frame']} where {due} is due"
            counts[row["status"]] += 1
            if row["status"] != "ok" and row.get("reason") != "interrupted":
                return f"frame {due} is {row['status']} ({row.get('reason')})"
    named = ("redispatched", "hedged", "unanswered", "duplicates")
    print(frames, f"{report['fps']:.1f} FPS", {name: report[name] for name in named}, flush=True)
    if any(frames[name] != count for name, count in counts.items()) or frames["captured"] != sum(counts.values()):
        return f"the report counts {frames}, the rows {counts}"
    return ""


def judge(samples: list[Sample], wrong: str) -> int:
    """Print how each role fared; return the exit code."""
    part = int(len(samples) * WARM_UP)
    first, last = samples[part : 2 * part], samples[-part:]
    failed = bool(wrong) or not part
    for name in WATCHED:
        texts = []
        for index, unit in enumerate(("MB", "files", "threads")):
            scale = 1e6 if unit == "MB" else 1
            before, after = (statistics.median(one[name][index] / scale for one in these) for these in (first, last))
            every = [one[name][index] / scale for one in samples[part:]]
            failed = failed or after > before * GROWTH_MAX
            texts.append(f"{unit} {before:.1f} -> {after:.1f} ({min(every):.1f}..{max(every):.1f})")
        print(f"{name:10s}", ", ".join(texts))
    if wrong:
        print("wrong:", wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
