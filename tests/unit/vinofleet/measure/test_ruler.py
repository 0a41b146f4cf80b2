"""A process is measured by the rows that it writes, and never left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vinofleet.measure.figures import MAIN
from vinofleet.measure.ruler import measure, tree_used_s

WRITES = """
import sys, time
with open(sys.argv[1], "wb", buffering=0) as rows:
    for number in range(20):
        rows.write(b"{}\\n")
        until = time.process_time() + 0.01
        while time.process_time() < until:
            pass
print("said", file=sys.stderr)
sys.exit(3)
"""


def test_marks_rows_words_and_code(tmp_path: Path) -> None:
    """The first row, and the one asked for; CPU time grows in between by what was used."""
    rows = tmp_path / "rows"
    done = measure([sys.executable, "-c", WRITES, str(rows)], tmp_path, rows, 15)
    assert (done.code, done.rows, done.words) == (3, 20, "said\n")
    first, last = done.marks
    assert 1 <= first.rows < 15 <= last.rows <= 20
    assert first.at_s < last.at_s <= done.wall_s
    assert done.cpu_s is not None
    assert done.cpu_s >= 0.2
    assert first.cpu_s is None or last.cpu_s is None or 0.05 <= last.cpu_s - first.cpu_s <= done.cpu_s


def test_a_process_that_writes_nothing_has_no_marks(tmp_path: Path) -> None:
    """And what it said is kept."""
    done = measure([sys.executable, "-c", "raise SystemExit('no')"], tmp_path, tmp_path / "rows", 5)
    assert (done.code, done.marks, done.rows, done.words) == (1, (), 0, "no\n")


def test_an_interrupt_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that has begun nothing yet."""
    pids: list[int] = []

    def interrupted(pid: int) -> None:
        pids.append(pid)
        raise KeyboardInterrupt

    monkeypatch.setattr("vinofleet.measure.ruler.tree_used_s", interrupted)
    (tmp_path / "rows").write_text("{}\n")
    with pytest.raises(KeyboardInterrupt):
        measure([sys.executable, "-c", "import signal; signal.pause()"], tmp_path, tmp_path / "rows", 5)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


BURNS = """
import subprocess, sys, time
while time.process_time() < 0.1:
    pass
if sys.argv[1:]:
    subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
else:
    print(flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="proc(5) is Linux's")
def test_what_a_role_has_started_is_the_roles() -> None:
    """And what is no role's is the whole's."""
    before = tree_used_s(os.getpid())
    role = [sys.executable, "-c", BURNS, BURNS, "vinofleet", "worker"]
    with subprocess.Popen(role, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        used = tree_used_s(os.getpid())
        process.communicate()
    assert before is not None
    assert used is not None
    assert set(before) == {MAIN}
    assert set(used) == {MAIN, "worker"}
    assert used["worker"] >= 0.2
    assert used[MAIN] >= before[MAIN] > 0
