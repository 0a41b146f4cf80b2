"""How long commands take to answer: `--help`, and the first result of a whole fleet with warm caches.

    VINOFLEET_ASSETS=FOLDER python bench/start_up.py [--repeats 20] [--workers 2] [--code FOLDER]... [help|roles|run]...

`roles` starts a producer and workers, and a collector as soon as the producer listens; `run` is `vinofleet run`. Both
decode vtest.avi for person-detection-0202 on the CPU, from the start of the first process to the first row in the
results; then the fleet is ended. `--code` names checkouts of vinofleet that take turns, so that a machine's moods touch
each alike; this one, if none is named. A first round warms the caches and does not count.

Prints a line of JSON for each command and checkout: wall seconds, and for `roles` CPU seconds of all processes too,
which other processes on the machine hardly change.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

HELP: Final = ("", "run", "producer", "worker", "collector", "devices")
PATIENCE_S: Final = 60.0
TICKS: Final = os.sysconf("SC_CLK_TCK")

Figures = tuple[float, float]
"""Wall and CPU seconds."""


@contextmanager
def started(code: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command until the block ends; its stderr is a pipe."""
    command = [sys.executable, "-m", "vinofleet", *arguments]
    # As a user has it: bytecode is kept from one start to the next.
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    output = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=code, env=kept, stdout=output, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT if arguments[0] == "run" else signal.SIGKILL)
        process.communicate()


def asked(command: str, code: Path) -> Figures:
    """Measure one `--help`."""
    begin = time.perf_counter()
    with started(code, *command.split(), "--help") as process:
        assert process.wait() == 0  # with a time-out it would look only every 50 ms
        return time.perf_counter() - begin, 0.0


def roles(clip: Path, model: Path, workers: int, code: Path) -> Figures:
    """Measure three kinds of processes until there is a row."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        work, results, rows = f"ipc://{folder}/work", f"ipc://{folder}/results", Path(folder, "out.jsonl")
        begin = time.perf_counter()
        where = ("--model", str(model), "--labels", "person", "--bind", work, "--collector", results)
        producer = stack.enter_context(started(code, "producer", str(clip), *where))
        own = ("--threads", "1") if workers > 1 else ()
        fleet = [producer]
        fleet += [stack.enter_context(started(code, "worker", "--connect", work, *own)) for _ in range(workers)]
        assert producer.stderr is not None
        assert any("listening" in line for line in producer.stderr)
        fleet.append(stack.enter_context(started(code, "collector", "--bind", results, "--json", str(rows))))
        return first_row(rows, begin), sum(cpu_s(process.pid) for process in fleet)


def run(clip: Path, model: Path, workers: int, code: Path) -> Figures:
    """Measure `vinofleet run` until there is a row."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "out.jsonl")
        begin = time.perf_counter()
        what = (str(clip), "--model", str(model), "--labels", "person", "--json", str(rows))
        with started(code, "run", *what, "--workers", str(workers)):
            return first_row(rows, begin), 0.0


def first_row(rows: Path, begin: float) -> float:
    """Wait for a whole line, and return the seconds since `begin`."""
    never = threading.Event()
    while not rows.exists() or b"\n" not in rows.read_bytes():
        assert time.perf_counter() < begin + PATIENCE_S, "no row came"
        never.wait(0.002)
    return time.perf_counter() - begin


def cpu_s(pid: int) -> float:
    """Return the user and system seconds of a process so far: fields 14 and 15 of proc(5)'s stat."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def compare(what: str, codes: list[Path], measure: Callable[[Path], Figures], repeats: int) -> None:
    """Measure in turns, and print."""
    figures: dict[Path, list[Figures]] = {code: [] for code in codes}
    for number in range(repeats + 1):
        for code in codes:
            found = measure(code)
            if number:
                figures[code].append(found)
    for code, pairs in figures.items():
        wall, cpu = ([round(seconds, 3) for seconds in column] for column in zip(*pairs, strict=True))
        line = {"what": what, "code": code.name, "median_s": statistics.median(wall), "worst_s": max(wall)}
        busy = {"cpu_median_s": statistics.median(cpu)} if any(cpu) else {}
        print(json.dumps({**line, **busy, "wall_s": wall}), flush=True)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="How long commands take to answer.")
    parser.add_argument("what", nargs="*", choices=["help", "roles", "run"], default=["help", "roles", "run"])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--code", type=Path, action="append")
    options = parser.parse_args()
    codes = [code.resolve() for code in options.code or [Path(__file__).parents[1]]]
    if "help" in options.what:
        for command in HELP:
            compare(f"{command} --help".strip(), codes, partial(asked, command), options.repeats)
    assets = Path(os.environ.get("VINOFLEET_ASSETS", ""))
    model, clip = assets / "models/person-detection-0202/person-detection-0202.xml", assets / "videos/vtest.avi"
    if {"roles", "run"} & {*options.what} and not model.exists():
        parser.error("set VINOFLEET_ASSETS to the folder with models/ and videos/")
    for name, measure in (("roles", roles), ("run", run)):
        if name in options.what:
            fleet = partial(measure, clip, model, options.workers)
            compare(f"{name}, {options.workers} workers", codes, fleet, options.repeats)


if __name__ == "__main__":
    main()
