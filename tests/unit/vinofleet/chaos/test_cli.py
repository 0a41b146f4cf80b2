"""The command line of `vinofleet chaos`, up to where a fleet would be started."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from common.errors import UsageError
from common.exits import Exit
from vinofleet.chaos import app
from vinofleet.chaos.app import ChaosOptions
from vinofleet.chaos.cli import command


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[ChaosOptions]:
    """What the command asked for."""
    made: list[ChaosOptions] = []
    monkeypatch.setattr(app, "run_chaos", made.append)
    return made


def test_what_stands_after_run_is_runs(calls: list[ChaosOptions]) -> None:
    """With or without the dashes; options of both have the same names."""
    for dashes in ([], ["--"]):
        CliRunner().invoke(command, ["--seed", "3", *dashes, "run", "a.mp4", "--json", "x", "--faults"])
    assert [(call.seed, call.words, call.json) for call in calls] == [
        (3, ("run", "a.mp4", "--json", "x", "--faults"), None)
    ] * 2


def test_values_are_read(calls: list[ChaosOptions]) -> None:
    """Times in seconds, shares as fractions, lists as they are."""
    words = ["--process", "w1=77", "--every", "250ms", "--for", "1m", "--loss", "5%", "--faults", "kill,kill,lose"]
    CliRunner().invoke(command, [*words, "--device", "eth0", "--device", "eth1"])
    (call,) = calls
    assert (call.every, call.for_s, call.last, call.loss, call.delay) == (0.25, 60.0, 2.0, 0.05, 0.1)
    assert (call.faults, call.device, call.process) == (("kill", "kill", "lose"), ("eth0", "eth1"), (("w1", 77),))
    assert (call.roles, call.seed, call.fill, call.max_stall) == (("worker",), None, None, None)


@pytest.mark.parametrize("words", [["--every", "soon"], ["--roles", "boss"], ["--process", "77"], ["--attach", "1"]])
def test_what_cannot_be_read_is_refused(calls: list[ChaosOptions], words: list[str]) -> None:
    """By click."""
    assert CliRunner().invoke(command, words).exit_code == Exit.USAGE
    assert not calls


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "there is nothing to harm"),
        (["--attach", "77", "--", "run", "x"], "more than one fleet"),
        (["walk"], "'walk' is no fleet"),
        (["--faults", "restart", "run", "x"], "restart needs --process"),
        (["--faults", "stall", "run", "x"], "give --proxy"),
        (["--faults", "down", "run", "x"], "give --device"),
        (["--faults", "fill", "run", "x"], "give --fill"),
        (["--faults", "drain", "--roles", "collector", "run", "x"], "give --roles worker"),
        (["--faults", "fill", "--fill", "/", "run", "x"], "the system or you need"),
        (["run", "x", "--model", "scripted://"], "no rows to check"),
        (["--process", "w1=4194305"], "no process 4194305"),
        (["--reference", "nowhere/r-{stream}.jsonl", "run", "x"], "there is no nowhere/r-{stream}.jsonl"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, before anything is started."""
    monkeypatch.setattr(app, "OwnFleet", _never)
    result = CliRunner().invoke(command, words)
    assert isinstance(result.exception, UsageError)
    assert text in str(result.exception)


def _never(*_: Any) -> None:  # noqa: ANN401 - whatever it would be started with
    raise AssertionError("a fleet was started")
