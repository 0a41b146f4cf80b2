"""Runs histories by the thousand, on every core, and says which of them broke a promise.

`python -m tests.sim.hunt FIRST COUNT` runs seeds FIRST .. FIRST + COUNT - 1 in one process, prints the first that
fails, reduced, and exits 1. What this file does not know: what a history is.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Final, NamedTuple

from tests.sim.fleet import Fleet
from tests.sim.reduce import as_test, reduce
from tests.sim.script import Script, generate

_CHUNK: Final = 50
"""Histories that a process runs between two reports."""


class Finding(NamedTuple):
    """A history that broke a promise."""

    seed: int
    what: str


def broken(seed: int, script: Script) -> str:
    """Run one history; say what it broke, or nothing.

    Any exception is a finding: a core must not raise, whatever comes.
    """
    try:
        Fleet(seed, script).run()
    except Exception as error:  # noqa: BLE001 - see above
        return f"{type(error).__name__}: {error}"
    return ""


def hunt(seeds: range) -> Iterator[Finding]:
    """Run histories in this process and yield the bad ones."""
    gc.freeze()  # what is imported stays: it need not be looked through again and again, which costs 3 % of all
    for seed in seeds:
        what = broken(seed, generate(seed))
        if what:
            yield Finding(seed, what)


def hunt_all(seeds: range) -> list[Finding]:
    """Run histories on every core and return the bad ones, in order of their seeds."""
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        return [finding for findings in pool.map(_hunt_chunk, chunks) for finding in findings]


def report(finding: Finding) -> str:
    """Return a finding as a test that reproduces it, with no more faults than it takes."""
    script, what = reduce(finding.seed, generate(finding.seed), broken)
    return as_test(finding.seed, script, what or finding.what)


def main(first: int, count: int) -> int:
    """Print the first bad history of a range, if there is one; return the exit code."""
    finding = next(hunt(range(first, first + count)), None)
    if finding is not None:
        sys.stdout.write(report(finding))
    return 0 if finding is None else 1


def _hunt_chunk(seeds: range) -> list[Finding]:
    return list(hunt(seeds))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
