"""The demo's command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from common.exits import Exit
from vinofleet.demo import app
from vinofleet.demo.cli import command


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, dict[str, Any]]]:
    """What the command asked for."""
    made: list[tuple[Path, dict[str, Any]]] = []
    monkeypatch.setattr(app, "run_demo", lambda folder, **rest: made.append((folder, rest)))
    return made


def test_without_anything_it_is_half_a_minute_of_street(calls: list[tuple[Path, dict[str, Any]]]) -> None:
    """By two workers, into a folder whose name nobody else uses."""
    assert CliRunner().invoke(command, []).exit_code == 0
    assert calls == [(Path("vinofleet-demo"), {"frames": 600, "workers": 2, "seed": 2})]


def test_what_is_given_is_passed_on(calls: list[tuple[Path, dict[str, Any]]], tmp_path: Path) -> None:
    """Each option by its name."""
    CliRunner().invoke(command, [str(tmp_path), "--frames", "5", "--workers", "1", "--seed", "0"])
    assert calls == [(tmp_path, {"frames": 5, "workers": 1, "seed": 0})]


@pytest.mark.parametrize(
    "words", [["--seed", "10000"], ["--frames", "0"], ["--workers", "0"], [__file__]], ids=lambda words: words[0][:9]
)
def test_what_cannot_be_meant_is_refused(calls: list[tuple[Path, dict[str, Any]]], words: list[str]) -> None:
    """A street of the training, none at all, nobody to work, a file instead of a folder."""
    assert CliRunner().invoke(command, words).exit_code == Exit.USAGE
    assert not calls
