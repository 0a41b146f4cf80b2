"""The loop: steps in time, and everything undone at the end, whichever it is."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any, cast

import pytest

from common.errors import NetworkError, VinofleetError
from vinofleet.chaos.driver import Driver
from vinofleet.chaos.harms import NobodyError
from vinofleet.chaos.schedule import Act, Fault, Timeline

FREEZE = Act(0, 0.0, 1000.0, Fault.FREEZE, "worker", 0)
KILL = Act(1, 0.0, 0.0, Fault.KILL, "worker", 0)


class FakeHarms:
    """Notes what is asked."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[str] = []
        self.begun: set[int] = set()

    def begin(self, act: Act) -> str:
        """Fails if it is to, at the second act."""
        if act.number == 1 and self.failure is not None:
            raise self.failure
        self.asked.append(f"begin {act.fault}")
        self.begun.add(act.number)
        return "w1"

    def end(self, act: Act) -> str:
        """Fails where it must."""
        self.asked.append(f"end {act.fault}")
        self.begun.discard(act.number)
        return "w1"

    def undo_all(self) -> list[str]:
        """The last resort."""
        self.asked.append("undo all")
        return []


class Bench:
    """A driver, and what it did."""

    def __init__(self, turns: int, *, harms: FakeHarms | None = None, sizes: Callable[[int], int] = int) -> None:
        self.turn = 0
        self.told: list[str] = []
        self.harms = harms or FakeHarms()
        self._turns = turns
        self.driver = Driver(
            Timeline([FREEZE, KILL]),
            cast("Any", self.harms),
            has_ended=self.has_ended,
            size=lambda: sizes(self.turn),
            waits_for_rows=sizes is not int,
            tell=lambda _, what, act, text: self.told.append(f"{what} {act.fault}: {text}"),
        )

    def has_ended(self) -> bool:
        """After so many turns."""
        self.turn += 1
        return self.turn > self._turns


def test_what_lasts_is_undone_when_the_fleet_has_ended() -> None:
    """Each is told."""
    bench = Bench(2)
    bench.driver.drive()
    assert bench.harms.asked == ["begin freeze", "begin kill", "end freeze", "undo all"]
    assert bench.told == ["begin freeze: w1", "begin kill: w1", "end freeze: w1"]
    assert bench.driver.done == {Fault.FREEZE: 1, Fault.KILL: 1}
    assert not bench.driver.interrupted


def test_an_act_that_fails_ends_it_and_all_is_undone() -> None:
    """The failure is the caller's to report."""
    bench = Bench(10, harms=FakeHarms(NetworkError("no nft")))
    with pytest.raises(VinofleetError, match="no nft"):
        bench.driver.drive()
    assert bench.harms.asked == ["begin freeze", "end freeze", "undo all"]


def test_an_act_that_finds_nobody_is_counted() -> None:
    """And the rest goes on."""
    bench = Bench(2, harms=FakeHarms(NobodyError("no worker is there")))
    bench.driver.drive()
    assert (bench.driver.nobody, bench.driver.done) == (1, {Fault.FREEZE: 1})
    assert "nobody kill: no worker is there" in bench.told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_undoes_all_and_leaves(number: signal.Signals) -> None:
    """In the middle of a fleet that would go on for ever; the handlers of before come back."""
    before = signal.getsignal(number)

    def sizes(turn: int) -> int:
        if turn == 3:
            os.kill(os.getpid(), number)
        return turn

    bench = Bench(10**9, sizes=sizes)
    bench.driver.drive()
    assert bench.driver.interrupted
    assert bench.harms.asked[-2:] == ["end freeze", "undo all"]
    assert signal.getsignal(number) is before


def test_under_nohup_it_outlives_its_terminal() -> None:
    """SIGHUP stays ignored where it was."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def hang_up(turn: int) -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        return turn

    try:
        bench = Bench(3, sizes=hang_up)
        bench.driver.drive()
        assert not bench.driver.interrupted
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_schedule_begins_with_the_first_row() -> None:
    """A fleet that never writes one is not harmed."""
    bench = Bench(5, sizes=lambda _: 0)
    bench.driver.drive()
    assert bench.harms.asked == ["undo all"]
    bench = Bench(5, sizes=lambda turn: turn)
    bench.driver.drive()
    assert bench.harms.asked[0] == "begin freeze"


def test_what_cannot_be_undone_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails the run at the end, not in the middle."""
    monkeypatch.setattr(FakeHarms, "end", lambda *_: _fail())
    bench = Bench(1)
    bench.driver.drive()
    assert bench.driver.failures == ["no nft"]
    assert "failed freeze: no nft" in bench.told


def test_a_defect_leaves_nothing_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised, but not before all else was tried."""
    monkeypatch.setattr(FakeHarms, "end", lambda *_: _break())
    bench = Bench(1)
    with pytest.raises(RuntimeError, match="a defect"):
        bench.driver.drive()
    assert bench.harms.asked[-1] == "undo all"


def _break() -> str:
    raise RuntimeError("a defect")


def _fail() -> str:
    raise NetworkError("no nft")
