"""How much of the machine other processes used while something was measured: figures are too low by that.

What this file does not know: what was measured.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from vinofleet.run.cores import usable_cores

_STAT: Final = Path("/proc/stat")
_BUSY: Final = (0, 1, 2, 5, 6, 7)
"""Fields of its first line: user, nice, system, irq, softirq, steal; guests are in the first two."""


class Neighbours:
    """Watches from its making on.

    Args:
        stat: proc(5)'s; where it is not there, or this process may not use every core, nothing can be said.
    """

    def __init__(self, stat: Path = _STAT) -> None:
        self._stat: Final = stat
        self._busy_s: Final = self._read_s()
        self._own_s: Final = 0.0 if self._busy_s is None else _own_s()
        self._began_s: Final = time.monotonic()

    def cores(self) -> float | None:
        """How many cores others have used since, on average; children of this process count once they are reaped."""
        busy_s = self._read_s()
        if busy_s is None or self._busy_s is None or len(usable_cores()) != os.cpu_count():
            return None
        others_s = (busy_s - self._busy_s) - (_own_s() - self._own_s)
        return max(0.0, others_s / (time.monotonic() - self._began_s))

    def _read_s(self) -> float | None:
        try:
            fields = self._stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
            return sum(int(fields[index]) for index in _BUSY) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError):
            return None


def _own_s() -> float:
    import resource  # noqa: PLC0415 - Windows has none, and no /proc/stat either

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
