"""Fleets: what their command lines say, and roles that are started again as they were."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from common.errors import UsageError
from vinofleet.chaos.fleets import AttachedFleet, HandMadeFleet, continuing, run_words
from vinofleet.chaos.processes import GoneError

PATIENCE_S = 20.0


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        (["python", "-m", "vinofleet", "run", "a.mp4", "--json", "x"], ["a.mp4", "--json", "x"]),
        (["/venv/bin/vinofleet", "run", "run"], ["run"]),
        (["python", "-m", "vinofleet", "worker", "run"], None),
        (["run"], None),
    ],
)
def test_a_run_is_known_by_its_command_line(words: list[str], rest: list[str] | None) -> None:
    """And nothing else is one."""
    assert run_words(words) == rest


@pytest.mark.parametrize(
    ("words", "again"),
    [
        (["vinofleet", "producer", "--", "a"], ["vinofleet", "producer", "--resume", "--", "a"]),
        (["vinofleet", "producer", "--resume", "a"], ["vinofleet", "producer", "--resume", "a"]),
        (["vinofleet", "collector", "--force", "--json", "x"], ["vinofleet", "collector", "--json", "x"]),
        (["vinofleet", "worker", "--name", "x"], ["vinofleet", "worker", "--name", "x"]),
    ],
)  # fmt: skip
def test_a_role_takes_up_what_it_had_begun(words: list[str], again: list[str]) -> None:
    """As a person would start it again."""
    assert continuing(words) == again


PROGRAM = """
import os, sys
print(os.getpid(), os.getcwd(), os.environ["COLOUR"], *sys.argv[1:], flush=True)
sys.stdin.read() if not os.path.exists("second") else None
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in Linux's /proc")
def test_a_process_is_started_again_where_it_was_with_what_it_had(tmp_path: Path) -> None:
    """Its folder, environment, words, and the file that it writes to; meanwhile it is away, not gone."""
    words = [sys.executable, "-c", PROGRAM, "-m", "worker"]
    environment = {**os.environ, "COLOUR": "blue"}
    with (
        (tmp_path / "said").open("ab") as said,
        subprocess.Popen(words, cwd=tmp_path, env=environment, stdin=subprocess.PIPE, stdout=said) as popen,
    ):
        _until_lines(tmp_path / "said", 1)
        fleet = HandMadeFleet({"w1": popen.pid})
        (before,) = fleet.present()
        held = _open_files()
        with pytest.raises(GoneError):
            fleet.restart(replace(before, started=before.started - 1))
        assert _open_files() == held
        again = fleet.restart(before)
        popen.wait(PATIENCE_S)
        assert fleet.present() == []
        assert not fleet.has_ended()
        (tmp_path / "second").touch()
        again()
        lines = _until_lines(tmp_path / "said", 2)
    assert [line.split()[1:] for line in lines] == [[str(tmp_path), "blue", "-m", "worker"]] * 2
    assert len({line.split()[0] for line in lines}) == 2
    _until_gone(fleet)
    with pytest.raises(GoneError):
        fleet.restart(before)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in Linux's /proc")
def test_a_worker_that_waits_for_ever_is_not_waited_for() -> None:
    """The run has ended with its producers and collectors; somebody may have missed that."""
    words = [sys.executable, "-c", "input()", "-m"]
    with (
        subprocess.Popen([*words, "worker"], stdin=subprocess.PIPE) as worker,
        subprocess.Popen([*words, "collector"], stdin=subprocess.PIPE) as collector,
    ):
        alone, both = HandMadeFleet({"w1": worker.pid}), HandMadeFleet({"w1": worker.pid, "collector": collector.pid})
        assert not both.has_ended()
        collector.kill()
        collector.wait(PATIENCE_S)
        assert both.has_ended()
        assert not alone.has_ended()
        worker.kill()


def test_nobody_of_that_number() -> None:
    """Is said before anything is harmed."""
    with pytest.raises(UsageError, match="there is no process 4194305"):
        HandMadeFleet({"w1": 2**22 + 1})
    with pytest.raises(UsageError, match="there is no process 4194305"):
        AttachedFleet(2**22 + 1)
    with pytest.raises(UsageError, match="no `vinofleet run`"):
        AttachedFleet(os.getpid())


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _until_lines(path: Path, count: int) -> list[str]:
    deadline = time.monotonic() + PATIENCE_S
    while (text := path.read_text()).count("\n") < count:
        assert time.monotonic() < deadline, text
    return text.splitlines()


def _until_gone(fleet: HandMadeFleet) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not fleet.has_ended():
        assert time.monotonic() < deadline
