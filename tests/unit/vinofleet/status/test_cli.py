"""`vinofleet status`: what it takes, and that its help needs nothing."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from vinofleet.status import app
from vinofleet.status.cli import command


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[app.StatusOptions]:
    """The options that the command was run with."""
    seen: list[app.StatusOptions] = []
    monkeypatch.setattr(app, "show_status", seen.append)
    return seen


def test_without_anything_it_asks_everybody_whether_they_are_ready(asked: list[app.StatusOptions]) -> None:
    """Once, for people."""
    assert CliRunner().invoke(command, []).exit_code == 0
    assert asked == [app.StatusOptions(target=(), worker="", live=False, timeout=2.0, as_json=False, watch=False)]


def test_every_option_arrives(asked: list[app.StatusOptions]) -> None:
    """With several targets."""
    words = ["tcp://127.0.0.1:1", "17", "--worker", "w", "--live", "--timeout", "0.5", "--json", "--watch"]
    assert CliRunner().invoke(command, words).exit_code == 0
    targets = ("tcp://127.0.0.1:1", "17")
    assert asked == [app.StatusOptions(target=targets, worker="w", live=True, timeout=0.5, as_json=True, watch=True)]


@pytest.mark.parametrize("words", [["localhost"], ["0"], ["--timeout", "0"], ["--worker", "../x"], ["127.0.0.1:5555"]])
def test_what_cannot_be_meant_is_a_usage_error(words: list[str], asked: list[app.StatusOptions]) -> None:
    """Nobody is asked."""
    assert CliRunner().invoke(command, words).exit_code == 2
    assert asked == []
