"""The options of `vinofleet tune`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vinofleet.tune import app
from vinofleet.tune.app import TuneOptions
from vinofleet.tune.cli import command


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[TuneOptions]:
    """What would be tuned."""
    found: list[TuneOptions] = []
    monkeypatch.setattr(app, "run_tune", found.append)
    return found


def test_what_was_given_is_known_from_what_is_default(asked: list[TuneOptions]) -> None:
    """Only that is written to the file, besides the model."""
    words = ["a.mp4", "--threshold", "0.5", "--goal", "latency", "--seconds", "9", "--config", "f.toml"]
    assert CliRunner().invoke(command, words, catch_exceptions=False).exit_code == 0
    [options] = asked
    assert (options.source, options.goal, options.seconds, options.config) == ("a.mp4", "latency", 9.0, Path("f.toml"))
    assert options.given == {"model": "vinofleet-person", "threshold": 0.5}
    assert options.passed["device"] == "CPU"


@pytest.mark.parametrize("words", [("--seconds", "0"), ("--goal", "both")])
def test_what_makes_no_sense_is_a_usage_error(words: tuple[str, ...]) -> None:
    """As with any option."""
    assert CliRunner().invoke(command, words).exit_code == 2
