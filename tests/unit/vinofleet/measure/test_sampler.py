"""A process is measured for a while, and ended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vinofleet.measure.sampler import Sample, Stretch, sample

WRITES = """
import signal, sys, threading
over = threading.Event()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: over.set())
with open(sys.argv[1], "wb", buffering=0) as rows:
    for _ in range(int(sys.argv[2])):
        rows.write(b"{}\\n")
        if over.wait(0.002):
            break
print("ended in order", file=sys.stderr, flush=True)
over.wait(float(sys.argv[3]))
sys.exit(4)
"""


def sampled(folder: Path, rows: int, stretch: Stretch, *, in_order: bool = True, lingers_s: float = 0.0) -> Sample:
    """Sample a process that writes so many rows, some hundred a second, and ends when it is told to."""
    path = folder / "rows"
    command = [sys.executable, "-c", WRITES, str(path), str(rows), str(lingers_s)]
    return sample(command, folder, path, stretch, in_order=in_order)


@pytest.mark.parametrize("stretch", [Stretch(60, 20, 60, 0.1), Stretch(60, 10**6, 0.05, 0.1)])
def test_what_goes_on_is_measured_after_it_is_warm(tmp_path: Path, stretch: Stretch) -> None:
    """By so many rows, or so much time, whatever comes first; then it is ended, in order."""
    seen = sampled(tmp_path, 10**6, stretch)
    first, begin, end = seen.marks
    assert 1 <= first.rows <= begin.rows < end.rows
    assert end.at_s - begin.at_s >= 0.1
    assert seen.rate == pytest.approx((end.rows - begin.rows) / (end.at_s - begin.at_s))
    assert (seen.code, seen.words) == (None, "ended in order\n")
    assert seen.cpu_ms is None or seen.cpu_ms >= 0


def test_what_ends_by_itself_is_measured_to_its_last_row(tmp_path: Path) -> None:
    """And its code is known."""
    seen = sampled(tmp_path, 40, Stretch(60, 5, 60, 60))
    assert seen.code == 4
    assert seen.rate is not None
    assert seen.marks[-1].rows == 40


def test_what_gives_too_little_has_no_rate(tmp_path: Path) -> None:
    """No row in time, or none after it was warm."""
    assert sampled(tmp_path, 0, Stretch(0.05, 1, 1, 1), lingers_s=60, in_order=False).rate is None
    (tmp_path / "other").mkdir()
    assert sampled(tmp_path / "other", 1, Stretch(60, 5, 60, 60)).cpu_ms is None
