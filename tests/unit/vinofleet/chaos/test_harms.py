"""What each fault does to a rig of stand-ins, and that all of it can be undone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from common.errors import DiskFullError, NetworkError
from vinofleet.chaos import harms as module
from vinofleet.chaos.connection import Way
from vinofleet.chaos.harms import Harms, NobodyError, Rig
from vinofleet.chaos.processes import Victim, victim
from vinofleet.chaos.schedule import Act, Fault

Calls = list[tuple[object, ...]]


class Recorder:
    """Stands for a proxy or a link: notes what is called."""

    calls: Calls

    def __init__(self, calls: Calls) -> None:
        self.__dict__["calls"] = calls

    def __getattr__(self, name: str) -> Callable[..., int]:
        def call(*arguments: object) -> int:
            self.calls.append((name, *arguments))
            return 3

        return call

    def __setattr__(self, name: str, value: object) -> None:
        self.calls.append((name, value))


@pytest.fixture
def calls() -> Calls:
    """What was called."""
    return []


@pytest.fixture
def harms(calls: Calls) -> Harms:
    """Harms of a rig without processes."""
    thing = cast("Any", Recorder(calls))
    return Harms(Rig(present=list, proxies={"p": thing}, links={"eth0": thing}, delay_s=0.25, loss=0.5))


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is a worker by its words."""
    words = [sys.executable, "-c", "input()", "-m", "worker", "--name=w1"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as popen:
        yield popen
        popen.kill()


def act(fault: Fault, target: str, pick: int = 0, number: int = 0) -> Act:
    """An act that lasts."""
    return Act(number, 0.0, 1.0, fault, target, pick)


@pytest.mark.parametrize(
    ("fault", "target", "pick", "text", "did", "undid"),
    [
        (Fault.DELAY, "p", 0, "p (250 ms each way)", ("delay_s", 0.25), ("delay_s", 0.0)),
        (Fault.STALL, "p", 0, "p (both ways)", ("stall",), ("heal",)),
        (Fault.STALL, "p", 4, "p (to the target)", ("stall", Way.TO_TARGET), ("heal",)),
        (Fault.STALL, "p", 2, "p (from the target)", ("stall", Way.FROM_TARGET), ("heal",)),
        (Fault.CUT, "p", 0, "p", ("cut",), ("heal",)),
        (Fault.RESET, "p", 0, "p (3 connections)", ("reset",), None),
        (Fault.LOSE, "eth0", 0, "eth0 (50% of packets)", ("lose", 0.5), ("heal",)),
        (Fault.DOWN, "eth0", 0, "eth0", ("down",), ("up",)),
    ],
)
def test_a_thing_is_harmed_and_undone_once(
    harms: Harms, calls: Calls, fault: Fault, target: str, *, pick: int, text: str, did: tuple[object, ...],
    undid: tuple[object, ...] | None,
) -> None:  # fmt: skip
    """What is undone in its time is not undone again at the end."""
    assert harms.begin(act(fault, target, pick)) == text
    assert calls == [did]
    assert harms.end(act(fault, target)) == (text if undid else "")
    assert harms.undo_all() == []
    assert calls == [did] + ([undid] if undid else [])


def test_everything_is_undone_though_one_fails(harms: Harms, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest first; what failed is told."""
    monkeypatch.setattr(Recorder, "up", lambda _: _fail(), raising=False)
    harms.begin(act(Fault.STALL, "p", number=0))
    harms.begin(act(Fault.DOWN, "eth0", number=1))
    harms.begin(act(Fault.DELAY, "p", number=2))
    assert harms.undo_all() == ["eth0 stays down"]
    assert calls[-2:] == [("delay_s", 0.0), ("heal",)]


def test_everything_is_undone_whatever_fails(harms: Harms, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect, too: who is frozen is thawed all the same."""
    monkeypatch.setattr(Recorder, "up", lambda _: _break(), raising=False)
    harms.begin(act(Fault.STALL, "p", number=0))
    harms.begin(act(Fault.DOWN, "eth0", number=1))
    assert harms.undo_all() == ["RuntimeError('a defect')"]
    assert calls[-1] == ("heal",)


def _break() -> None:
    raise RuntimeError("a defect")


def _fail() -> None:
    raise NetworkError("eth0 stays down")


def test_filling_holds_a_file_until_it_is_undone(monkeypatch: pytest.MonkeyPatch, calls: Calls) -> None:
    """With the room that was asked to be left."""

    class Filler:
        taken_bytes = 99

        def __init__(self, *arguments: object) -> None:
            calls.append(arguments)

        def close(self) -> None:
            calls.append(("close",))

    monkeypatch.setattr(module, "Filler", Filler)
    harms = Harms(Rig(present=list, folders={"f": cast("Any", "folder")}, leave_bytes=7))
    assert harms.begin(act(Fault.FILL, "f")) == "f (99 bytes)"
    harms.undo_all()
    assert calls == [("folder", 7), ("close",)]


def test_a_disk_that_is_full_already_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fleet itself may have filled it."""

    def full(*_: object) -> None:
        raise DiskFullError("f is full")

    monkeypatch.setattr(module, "Filler", full)
    with pytest.raises(NobodyError, match="f is full"):
        Harms(Rig(present=list, folders={"f": cast("Any", "folder")})).begin(act(Fault.FILL, "f"))


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.FREEZE, Fault.DRAIN])
def test_nobody_there_is_said(harms: Harms, fault: Fault) -> None:
    """And there is nothing to undo."""
    with pytest.raises(NobodyError, match="no worker is there"):
        harms.begin(act(fault, "worker"))
    assert harms.end(act(fault, "worker")) == ""


def test_a_pick_chooses_among_those_of_the_role() -> None:
    """By its remainder; one that ended meanwhile is nobody."""
    there = [Victim(name, role, 2**22 + 1, 1) for name, role in (("a", "worker"), ("c", "collector"), ("b", "worker"))]
    harms = Harms(Rig(present=lambda: there))
    for pick, name in ((0, "a"), (1, "b"), (6, "a")):
        with pytest.raises(NobodyError, match=f"{name} .* has just ended"):
            harms.begin(act(Fault.KILL, "worker", pick))


def test_a_frozen_process_is_thawed(sleeper: subprocess.Popen[bytes]) -> None:
    """It is not frozen twice, may be killed meanwhile, and its undoing then finds nobody, which is no failure."""
    found = victim(sleeper.pid)
    harms = Harms(Rig(present=lambda: [found]))
    assert harms.begin(act(Fault.FREEZE, "worker")) == f"w1 (process {sleeper.pid})"
    os.waitid(os.P_PID, sleeper.pid, os.WSTOPPED | os.WNOWAIT)
    with pytest.raises(NobodyError):
        harms.begin(act(Fault.FREEZE, "worker", number=1))
    harms.end(act(Fault.FREEZE, "worker"))
    assert not found.is_stopped
    harms.begin(act(Fault.FREEZE, "worker"))
    harms.begin(act(Fault.KILL, "worker", number=1))
    assert sleeper.wait(20.0) == -signal.SIGKILL
    assert harms.undo_all() == []


def test_a_drain_is_a_sigterm(sleeper: subprocess.Popen[bytes]) -> None:
    """What the worker makes of it is the worker's."""
    harms = Harms(Rig(present=lambda: [victim(sleeper.pid)]))
    harms.begin(act(Fault.DRAIN, "worker"))
    assert sleeper.wait(20.0) == -signal.SIGTERM


def test_a_restart_is_the_rigs(calls: Calls) -> None:
    """What starts it again is its undoing."""
    there = Victim("w", "worker", 1, 1)

    def restart(chosen: Victim) -> Callable[[], None]:
        calls.append(("killed", chosen))
        return lambda: calls.append(("started",))

    harms = Harms(Rig(present=lambda: [there], restart=restart))
    harms.begin(act(Fault.RESTART, "worker"))
    harms.undo_all()
    assert calls == [("killed", there), ("started",)]
