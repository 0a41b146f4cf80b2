"""One process and all that it starts, measured from outside, in the same way whatever it is: by its rows.

Figures are of the time between two rows, so neither what starting takes nor what ending takes is in them. The second is
some rows before the end, because a fleet decodes ahead: frames that it has read by its first row are paid for before
the first, as many are inferred without anybody reading after the second, and in between both come evenly.

Guarantees that the process is gone when `measure` ends, however it ends, and dies when this one does. What this file
does not know: what is compared, and what rows say.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

from common.child_environment import environment
from vinofleet.measure.figures import MAIN, ROLES
from vinofleet.run.children import prepare

POLL_S: Final = 0.005
"""How often the rows are looked at: a thousandth of a second of this process's time in each second."""

END_S: Final = 5.0
"""How long a process that is told to end may take; a fleet needs 3 s."""

_PROC: Final = Path("/proc")
_CPUCLOCK_SCHED: Final = 2
"""clock_getcpuclockid(3): the clock of all threads of a process, which counts ns where `stat` counts ticks of 10 ms."""

_IS_LINUX: Final = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment.

    Attributes:
        rows: that were there.
        at_s: since the start of the process.
        used_s: user and system seconds of all its processes so far, by role; None where the system does not tell.
    """

    rows: int
    at_s: float
    used_s: Mapping[str, float] | None

    @property
    def cpu_s(self) -> float | None:
        """Those of all roles."""
        return None if self.used_s is None else sum(self.used_s.values())


@dataclass(frozen=True, slots=True)
class Measured:
    """A process that has ended.

    Attributes:
        code: its exit code; negative for a signal.
        marks: the first row, and the row asked for, as far as they came.
        rows: that it has written.
        wall_s: from its start to its end.
        cpu_s: user and system time of all its processes; None where the system does not tell.
        peak_mb: resident memory of its largest process.
        words: what it wrote to stderr.
    """

    code: int
    marks: tuple[Mark, ...]
    rows: int
    wall_s: float
    cpu_s: float | None
    peak_mb: float | None
    words: str


class Rows:
    """A file that grows.

    Attributes:
        count: lines that there were when it was read last.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self.count = 0

    def read(self) -> int:
        """Count the lines that there are by now."""
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except FileNotFoundError:
                return 0
        self.count += self._file.read().count(b"\n")
        return self.count

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


def measure(command: Sequence[str], folder: Path, rows: Path, last: int) -> Measured:
    """Run a process to its end.

    Args:
        command: its command line.
        folder: where it works, and where its words are kept.
        rows: the file that it writes its rows to.
        last: at how many rows the second mark is.

    Raises:
        OSError: the system has no room for it.
    """
    growing, marks = Rows(rows), list[Mark]()
    never = threading.Event()
    with (
        closing(growing),
        (folder / "stderr").open("w+b") as words,
        started(command, folder, words) as process,
    ):
        began = time.perf_counter()
        while not has_ended(process):
            count = growing.read()
            if len(marks) < 2 and count >= (last if marks else 1):  # noqa: PLR2004 - the first and the last
                marks.append(Mark(count, time.perf_counter() - began, tree_used_s(process.pid)))
            never.wait(POLL_S)
        wall_s = time.perf_counter() - began
        growing.read()
        cpu_s, peak_mb = _reap(process)
        words.seek(0)
        text = words.read().decode("utf-8", "backslashreplace")
    return Measured(process.returncode, tuple(marks), growing.count, wall_s, cpu_s, peak_mb, text)


@contextmanager
def started(command: Sequence[str], folder: Path, words: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, so that a terminal's Ctrl-C comes to this one alone; gone after this."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words,
        start_new_session=True,
        preexec_fn=partial(prepare, signal.SIGTERM),  # noqa: PLW1509 - as in vinofleet.run.children
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it has started: `run` sees to its own, unless it is killed."""
    try:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it is over; it is not reaped, which would lose what it used."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _reap(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """CPU seconds of it and its descendants, and the memory of the largest of them."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB elsewhere
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6


def tree_used_s(root: int) -> dict[str, float] | None:
    """User and system seconds of a process and its descendants, by role; None where proc(5) is not there.

    Living ones and reaped ones. What a role has started is the role's, and what is no role's is `MAIN`.
    """
    if not _IS_LINUX:
        return None
    children, used = defaultdict[int, list[int]](list), {}
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):  # it has ended
            fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            children[int(fields[1])].append(int(entry.name))
            used[int(entry.name)] = _used_s(int(entry.name), fields)
    sums, waiting = defaultdict[str, float](float), [(root, MAIN)]
    while waiting:
        each, role = waiting.pop()
        role = _role(each) or role
        sums[role] += used.get(each, 0.0)
        waiting += [(child, role) for child in children[each]]
    return dict(sums)


def _used_s(pid: int, fields: Sequence[bytes]) -> float:
    """Seconds of a process and of those that it has reaped, given its `stat`; the latter are counted in ticks."""
    own, reaped = (sum(map(int, fields[at : at + 2])) / os.sysconf("SC_CLK_TCK") for at in (11, 13))
    with suppress(OSError):  # it has ended
        own = time.clock_gettime(~pid << 3 | _CPUCLOCK_SCHED)
    return own + reaped


def _role(pid: int) -> str | None:
    """Which role a process is, as the command line has it that `vinofleet run` gives it."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return None
    return next((role for name, role in pairwise(words) if name == "vinofleet" and role in ROLES), None)
