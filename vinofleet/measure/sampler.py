"""A process that would go on for ever, measured for a while, and then ended.

Guarantees what `vinofleet.measure.ruler` guarantees. What this file does not know: what is run.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vinofleet.measure.ruler import END_S, POLL_S, Mark, Rows, has_ended, started, tree_used_s

AT_ONCE_S: Final = 0.05
"""Between two requests to end, of which the second means at once."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long a process is measured.

    Attributes:
        patience_s: its first row is waited for no longer than that.
        warm_rows: after so many rows it is as fast as it stays.
        warm_s: so it is by then, whatever it has done since its first row.
        seconds: how long it is measured after that.
    """

    patience_s: float
    warm_rows: int
    warm_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What was seen of a process that was ended, or ended by itself.

    Attributes:
        marks: the first row, the beginning and the end of what was measured, as far as it came.
        code: its exit code where it had ended by itself; None where it was told to end.
        words: what it wrote to stderr.
    """

    marks: tuple[Mark, ...]
    code: int | None
    words: str

    @property
    def rate(self) -> float | None:
        """Rows a second; None where it did not come so far."""
        if len(self.marks) < 3 or self.marks[2].rows == self.marks[1].rows:  # noqa: PLR2004 - see `marks`
            return None
        _, begin, end = self.marks
        return (end.rows - begin.rows) / (end.at_s - begin.at_s)

    @property
    def cpu_ms(self) -> float | None:
        """User and system time of all its processes, milliseconds a row; None where that is not known."""
        if self.rate is None:
            return None
        _, begin, end = self.marks
        if begin.cpu_s is None or end.cpu_s is None:
            return None
        return 1000 * (end.cpu_s - begin.cpu_s) / (end.rows - begin.rows)


def sample(command: Sequence[str], folder: Path, rows: Path, stretch: Stretch, *, in_order: bool) -> Sample:
    """Run a process, measure it for a while, and end it.

    Args:
        command: its command line.
        folder: where it works, and where its words are kept.
        rows: the file that it writes its rows to.
        stretch: how long.
        in_order: whether it may finish what is under way, and write its report; otherwise it ends at once.

    Raises:
        OSError: the system has no room for it.
    """
    with (
        closing(Rows(rows)) as growing,
        (folder / "stderr").open("w+b") as words,
        started(command, folder, words) as process,
    ):
        marks = _watch(process, growing, stretch)
        code = process.poll() if has_ended(process) else None
        if code is None:
            _end(process, in_order=in_order)
        words.seek(0)
        return Sample(tuple(marks), code, words.read().decode("utf-8", "backslashreplace"))


def _watch(process: subprocess.Popen[bytes], growing: Rows, stretch: Stretch) -> list[Mark]:
    """Wait for the moments of `Sample.marks`; what ends by itself is measured to its last row."""
    never, began, marks = threading.Event(), time.perf_counter(), list[Mark]()
    grown_s = 0.0
    while len(marks) < 3 and (marks or time.perf_counter() < began + stretch.patience_s):  # noqa: PLR2004 - all of them
        over = has_ended(process)
        before, count, at_s = growing.count, growing.read(), time.perf_counter() - began
        grown_s = at_s if count > before else grown_s
        if over and len(marks) == 2 and count > marks[1].rows:  # noqa: PLR2004 - the last is missing
            marks.append(Mark(count, grown_s, tree_used_s(process.pid)))
        if over:
            break
        if _is_due(marks, count, at_s, stretch):
            marks.append(Mark(count, at_s, tree_used_s(process.pid)))
        never.wait(POLL_S)
    return marks


def _is_due(marks: Sequence[Mark], count: int, at_s: float, stretch: Stretch) -> bool:
    """Whether the next of the three marks is to be made."""
    if not marks:
        return count > 0
    if len(marks) == 1:
        return count >= stretch.warm_rows or at_s >= marks[0].at_s + stretch.warm_s
    return at_s >= marks[1].at_s + stretch.seconds


def _end(process: subprocess.Popen[bytes], *, in_order: bool) -> None:
    """Tell a process to end: once, and it has its time; or twice, after which `started` sees to the rest."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_S if in_order else AT_ONCE_S)
