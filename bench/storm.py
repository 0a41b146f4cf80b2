"""What it costs that a random worker is killed every second: runs with and without, in turns.

    python bench/storm.py [--repeats 3] [--frames 20000] [--faults kill] [--model MODEL]...

Four workers; by default once with the scripted engine (a device that takes 10 ms and no CPU) and once with the embedded
detector, where the restart of a worker costs what inference needs. Runs are done by `vinofleet chaos`, with a seed of
their own. Prints frames a second of each run (from its report), the longest stall of its rows, and how the rows
compare; then medians and the ratio. Exits 1 if a row is missing, doubled, misplaced or different.
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
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
VINOFLEET: Final = (sys.executable, "-m", "vinofleet")
MODELS: Final = ("scripted://?service_ms=10&requests=2", "vinofleet-person")
WORKERS: Final = 4
LONGEST, NO_TIME = "3600s", "1ms"


class Outcome(NamedTuple):
    """One run: frames a second, what chaos did to it, what it found."""

    fps: float
    acts: int
    checks: dict[str, str]
    holds: bool


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--faults", default="kill")
    parser.add_argument("--every", default="1s")
    parser.add_argument("--model", action="append")
    asked = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    version = subprocess.run([*VINOFLEET, "--version"], check=True, capture_output=True, text=True).stdout
    print(" ".join(sys.argv), platform.platform(), f"{os.cpu_count()} cores", version.replace("\n", ", "), flush=True)
    good = [compare(model, asked) for model in asked.model or MODELS]
    return int(not all(good))


def compare(model: str, asked: argparse.Namespace) -> bool:
    """Run in turns without and with faults, print, and say whether every row was right."""
    calm: list[Outcome] = []
    stormy: list[Outcome] = []
    for repeat in range(asked.repeats):
        with tempfile.TemporaryDirectory() as folder:
            undisturbed = Path(folder) / "calm.jsonl"
            calm.append(run(model, asked, undisturbed, None, NO_TIME, repeat))
            stormy.append(run(model, asked, Path(folder) / "out.jsonl", undisturbed, LONGEST, repeat))
        for name, outcome in (("calm", calm[-1]), ("storm", stormy[-1])):
            print(json.dumps({"model": model, "run": name, "repeat": repeat, **outcome._asdict()}), flush=True)
    before, after = (statistics.median(one.fps for one in these) for these in (calm, stormy))
    print(f"{model}: {before:.1f} -> {after:.1f} FPS, {after / before:.2f} of the undisturbed run")
    return all(one.holds for one in (*calm, *stormy))


def run(model: str, asked: argparse.Namespace, rows: Path, reference: Path | None, for_s: str, seed: int) -> Outcome:
    """Do one run under `vinofleet chaos`."""
    log, report = rows.with_suffix(".log"), rows.with_suffix(".report.json")
    source = f"synthetic://counter?frames={asked.frames}&size=640x360"
    compared = () if reference is None else ("--reference", str(reference))
    done = subprocess.run(
        [
            *VINOFLEET, "chaos", "--seed", str(seed), "--faults", asked.faults, "--every", asked.every, "--for", for_s,
            "--max-stall", LONGEST, "--log", str(log), *compared, "--",
            "run", source, "--model", model, "--workers", str(WORKERS), "--json", str(rows), "--report", str(report),
        ],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if not log.exists() or not report.exists():
        sys.exit(done.stderr)
    records = [json.loads(line) for line in log.read_text().splitlines()]
    checks = {one["name"]: one["text"] for one in records if one["what"] == "check"}
    acts = sum(one["what"] == "begin" for one in records)
    return Outcome(json.loads(report.read_text())["fps"], acts, checks, done.returncode == 0)


if __name__ == "__main__":
    sys.exit(main())
