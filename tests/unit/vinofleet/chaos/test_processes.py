"""Processes found and signalled; each is a real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from common.errors import UsageError
from vinofleet.chaos.processes import (
    GoneError,
    Hold,
    Victim,
    check_system,
    has_gone,
    name_of,
    role_of,
    roles_under,
    victim,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in Linux's /proc")

PATIENCE_S = 20.0
SLEEPER = "import sys; print(flush=True); sys.stdin.read()"


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with these words on its command line, which waits until it is killed."""
    command = [sys.executable, "-c", SLEEPER, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as popen:
        assert popen.stdout is not None
        popen.stdout.readline()
        try:
            yield popen
        finally:
            popen.kill()


@pytest.mark.parametrize(
    ("words", "role"),
    [
        (["python", "-P", "-m", "vinofleet", "worker", "--parent=5"], "worker"),
        (["python3", "/usr/bin/vinofleet", "producer", "clip.mp4"], "producer"),
        (["/venv/bin/vinofleet", "collector"], "collector"),
        (["python", "-m", "worker", "--connect", "x"], "worker"),
        (["python", "-m", "vinofleet", "run", "worker"], ""),
        (["python", "worker.py"], ""),
        (["vinofleet"], ""),
        ([], ""),
    ],
)
def test_a_command_line_says_the_role(words: list[str], role: str) -> None:
    """However it was started."""
    assert role_of(words) == role


@pytest.mark.parametrize(
    ("words", "name"),
    [(["worker", "--name=w1"], "w1"), (["worker", "--name", "w2"], "w2"), (["worker"], ""), (["--name"], "")],
)
def test_a_worker_has_its_name(words: list[str], name: str) -> None:
    """In either way of writing it."""
    assert name_of(words) == name


def test_roles_are_the_children_that_are_any() -> None:
    """By name; other children, and children's children, are none."""
    with (
        process("-m", "vinofleet", "worker", "--name=w2") as second,
        process("-m", "vinofleet", "worker", "--name=w1") as first,
        process("-m", "vinofleet", "run"),
    ):
        found = [(each.name, each.role, each.pid) for each in roles_under(os.getpid())]
        assert found == [("w1", "worker", first.pid), ("w2", "worker", second.pid)]
    assert roles_under(os.getpid()) == []


def test_a_name_given_says_the_role_where_the_command_does_not() -> None:
    """And somebody has to."""
    with process("anything") as popen:
        assert victim(popen.pid, "worker-9", "worker").role == "worker"
        with pytest.raises(UsageError, match="no role"):
            victim(popen.pid)


def test_a_signal_reaches_the_process_that_was_found() -> None:
    """Stopped, woken up, killed; then it has gone."""
    with process("-m", "worker") as popen:
        found = victim(popen.pid)
        with Hold(found.pid, found.started) as hold:
            hold.send(signal.SIGSTOP)
            os.waitid(os.P_PID, popen.pid, os.WSTOPPED | os.WNOWAIT)
            stopped = [found.is_stopped]
            hold.send(signal.SIGCONT)
            stopped.append(found.is_stopped)
            assert stopped == [True, False]
            assert not hold.has_ended()
            hold.send(signal.SIGKILL)
            assert hold.has_ended(PATIENCE_S)
            assert has_gone(found)
            popen.wait(PATIENCE_S)
            assert not found.is_stopped
            with pytest.raises(GoneError):
                hold.send(signal.SIGKILL)
        for again in (lambda: Hold(found.pid), lambda: victim(found.pid)):
            with pytest.raises(GoneError):
                again()


def test_another_process_of_the_same_number_is_spared() -> None:
    """Its start time gives it away."""
    with process("-m", "worker") as popen:
        earlier = Victim("w", "worker", popen.pid, victim(popen.pid).started - 1)
        with pytest.raises(GoneError):
            Hold(earlier.pid, earlier.started)
        assert has_gone(earlier)


def test_a_zombie_is_nobody() -> None:
    """It has ended; its parent has not looked yet."""
    with process("-m", "worker") as popen:
        popen.kill()
        os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(GoneError):
            victim(popen.pid)


def test_elsewhere_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a line."""
    check_system()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UsageError, match="Linux"):
        check_system()
