"""What is told: lines for a person, JSON for a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from common.actions import Notice
from common.errors import OutputError
from common.sayings import Saying
from vinofleet.chaos.checks import Check
from vinofleet.chaos.schedule import Act, Fault
from vinofleet.chaos.witness import witnessing

ACT = Act(3, 1.0, 1.0, Fault.FREEZE, "worker", 0)


def test_each_act_is_a_line_for_both(tmp_path: Path) -> None:
    """With its time; what could not be undone is a warning; verdicts are in the log only, the person has a table."""
    said: list[Saying] = []
    with witnessing(said.append, tmp_path / "c.jsonl") as witness:
        for what in ("begin", "end", "nobody", "failed"):
            witness.act(1.23456, what, ACT, "w1")
        witness.verdict([Check("rows", holds=True, text="all")])
    assert said == [
        Notice("info", "1.2 s: freeze w1"),
        Notice("info", "1.2 s: freeze w1: undone"),
        Notice("info", "1.2 s: freeze: w1"),
        Notice("warning", "1.2 s: freeze could not be undone: w1"),
    ]
    lines = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert lines[0] == {"s": 1.235, "what": "begin", "act": 3, "fault": "freeze", "text": "w1"}
    assert [line["what"] for line in lines] == ["begin", "end", "nobody", "failed", "check"]
    assert lines[-1] == {"what": "check", "name": "rows", "holds": True, "text": "all"}


def test_without_a_log_only_the_person_is_told() -> None:
    """Nothing is written."""
    said: list[Saying] = []
    with witnessing(said.append, None) as witness:
        witness.act(0.0, "begin", ACT, "w1")
    assert len(said) == 1


def test_a_log_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Before anything is harmed."""
    with pytest.raises(OutputError, match="cannot be written"), witnessing(lambda _: None, tmp_path / "no" / "c"):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full here")
def test_a_log_on_a_full_disk_is_told_in_a_line() -> None:
    """It may lie on the one that is being filled; the person has heard of the act."""
    said: list[Saying] = []
    named = pytest.raises(OutputError, match=r"/dev/full cannot be written .*: name another file with --log")
    with witnessing(said.append, Path("/dev/full")) as witness, named:
        witness.act(0.0, "begin", ACT, "w1")
    assert len(said) == 1
