"""A producer, a collector and workers as processes, watched from outside: rows a second, CPU time of each thread.

What this file does not know: what is asked of them, and why.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common import limits
from common.child_environment import environment
from vinofleet.measure.room import room

LIGHT_WORKERS: Final = Path(__file__).with_name("light_workers.py")
VINOFLEET: Final = ("-m", "vinofleet")
PATIENCE_S: Final = 60.0
POLL_S: Final = 0.01
SAID_CHARS: Final = 2000
_CPUCLOCK_SCHED: Final = 2
"""clock_getcpuclockid(3): the clock of all threads of a process, those that have ended as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is run.

    Attributes:
        workers: how many.
        service_ms: that the device of each takes for a frame, one after the other.
        requests: frames that each has for its device, beside those on their way.
        streams: of the one producer.
        frames: to be captured in all; more than will be looked at, so that the end of it is not.
        window: unsettled frames; 0 for more than the workers hold.
        real: workers are processes with the scripted engine.
    """

    workers: int
    service_ms: float = 0.0
    requests: int = 2
    streams: int = 1
    frames: int = 60_000
    window: int = 0
    real: bool = False

    @property
    def window_frames(self) -> int:
        """The window, as the producer takes it."""
        held = self.requests + 1 + (50 / self.service_ms if self.service_ms else 0)
        wanted = self.window or int(2 * self.workers * held)
        return min(limits.WINDOW_MAX_FRAMES, max(limits.WINDOW_DEFAULT_FRAMES, 2 * self.streams, wanted))


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: rows so far, seconds, and CPU seconds of each role, also by its threads."""

    rows: int
    at_s: float
    cpu_s: Mapping[str, float]
    threads_s: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Between two marks.

    Attributes:
        frames: rows that came.
        fps: of them a second.
        us: CPU microseconds a frame, by role.
        threads_us: the same by the threads of each role.
    """

    frames: int
    fps: float
    us: Mapping[str, float]
    threads_us: Mapping[str, Mapping[str, float]]


def between(first: Mark, last: Mark) -> Figures:
    """What happened between two marks."""
    frames = last.rows - first.rows

    def us(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
        return {name: round(1e6 * (seconds - before.get(name, 0.0)) / frames, 2) for name, seconds in after.items()}

    threads = {role: us(after, first.threads_s[role]) for role, after in last.threads_s.items()}
    return Figures(frames, round(frames / (last.at_s - first.at_s), 1), us(last.cpu_s, first.cpu_s), threads)


def observe(setup: Setup, marks: Sequence[int]) -> list[Mark]:
    """Run a fleet until the last of `marks` rows are there, and return what each of these moments was like."""
    with room() as folder, ExitStack() as stack:
        rows, results, work = folder / "out.jsonl", folder / "results", folder / "work"
        own = ("--bind", "tcp://127.0.0.1:*", "--address-file")
        collector = stack.enter_context(_started(*VINOFLEET, "collector", *own, str(results), "--json", str(rows)))
        _wait_for(results, collector)
        each = -(-setup.frames // setup.streams)
        sources = [f"synthetic://counter?frames={each}"] * setup.streams
        where = ("--collector", results.read_text().strip(), "--window", str(setup.window_frames))
        producer = stack.enter_context(
            _started(*VINOFLEET, "producer", *sources, "--model", _model(setup), *own, str(work), *where)
        )
        _wait_for(work, producer)
        workers = [stack.enter_context(_started(*words)) for words in _workers(setup, work.read_text().strip())]
        _wait_for(rows, collector)
        return list(_watch(_Rows(rows), {"producer": [producer], "collector": [collector], "workers": workers}, marks))


def _model(setup: Setup) -> str:
    if not setup.real:
        return "scripted://"
    return f"scripted://?service_ms={setup.service_ms * setup.requests}&requests={setup.requests}"


def _workers(setup: Setup, address: str) -> list[tuple[str, ...]]:
    """The command lines of the workers."""
    if setup.real:
        return [(*VINOFLEET, "worker", "--connect", address, "--name", f"w{n}") for n in range(setup.workers)]
    told = {"connect": address, "workers": setup.workers, "service-ms": setup.service_ms, "requests": setup.requests}
    return [(str(LIGHT_WORKERS), *(f"--{name}={value}" for name, value in told.items()))]


@contextmanager
def _started(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the block ends; where that fails, say what one that has ended had to say."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *words], env=environment(), stderr=said)
        try:
            yield process
        except SystemExit:
            if process.poll() is not None:
                said.seek(0)
                sys.stderr.write(f"{words} ended with {process.returncode}:\n{said.read().decode()[-SAID_CHARS:]}\n")
            raise
        finally:
            process.kill()
            process.wait()


def _wait_for(path: Path, whose: subprocess.Popen[bytes]) -> None:
    """Wait until a process has made a file."""
    never, end = threading.Event(), time.monotonic() + PATIENCE_S
    while not path.exists():
        if whose.poll() is not None or time.monotonic() > end:
            sys.exit(f"{whose.args!r} did not begin")
        never.wait(POLL_S)


class _Rows:
    """A file that grows, by its lines."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.count = 0

    def read(self) -> int:
        """Count the lines that are there by now."""
        while chunk := self._file.read(1 << 20):
            self.count += chunk.count(b"\n")
        return self.count


def _watch(rows: _Rows, roles: Mapping[str, Sequence[subprocess.Popen[bytes]]], marks: Sequence[int]) -> Iterator[Mark]:
    """Wait for each number of rows."""
    never = threading.Event()
    came, changed_at = 0, time.monotonic()
    for wanted in marks:
        while (count := rows.read()) < wanted:
            now = time.monotonic()
            if count > came:
                came, changed_at = count, now
            ended = [role for role, processes in roles.items() if any(one.poll() is not None for one in processes)]
            if ended or now > changed_at + PATIENCE_S:
                sys.exit(f"no more rows after {count}; ended: {ended}")
            never.wait(POLL_S)
        pids = {role: [process.pid for process in processes] for role, processes in roles.items()}
        cpu_s = {role: sum(map(_cpu_s, these)) for role, these in pids.items()}
        yield Mark(count, time.monotonic(), cpu_s, {role: _threads_s(these) for role, these in pids.items()})


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    return time.clock_gettime(~pid << 3 | _CPUCLOCK_SCHED)


def _threads_s(pids: Sequence[int]) -> dict[str, float]:
    """CPU seconds of the loops of processes, of their other Python threads, of each that names itself (ZeroMQ's do)."""
    found: dict[str, float] = {}
    for pid in pids:
        own = Path(f"/proc/{pid}/comm").read_text()
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # it has ended
                seconds = int((task / "schedstat").read_text().split()[0]) / 1e9
                name = (task / "comm").read_text()
                thread = "loop" if task.name == str(pid) else "others" if name == own else name.strip()
                found[thread] = found.get(thread, 0.0) + seconds
    return found
