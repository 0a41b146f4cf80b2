"""Tuning, with fleets that are made up."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from common.errors import OutputError
from common.exits import Exit
from vinofleet.measure.outcome import RunError
from vinofleet.measure.subject import Subject
from vinofleet.tune import app
from vinofleet.tune.app import TuneOptions, run_tune
from vinofleet.tune.figures import Figures
from vinofleet.tune.setting import DEFAULTS, Setting

PASSED = {
    "model": "vinofleet-person",
    "labels": None,
    "label_base": None,
    "threshold": 0.5,
    "precision": "default",
    "color": None,
    "device": "CPU",
}


class Clock:
    """A clock that a trial sets on."""

    now = 0.0

    def monotonic(self) -> float:
        """See `time.monotonic`."""
        return self.now


@pytest.fixture
def fleets(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Setting], float]], list[Setting]]:
    """Let every trial take 2 s and give what a function says; returns what was tried."""

    def pretend(value: Callable[[Setting], float]) -> list[Setting]:
        clock, seen = Clock(), list[Setting]()

        def tried(_subject: Subject, goal: str, setting: Setting, _seconds: float, _folder: Path) -> Figures:
            clock.now += 2.0
            seen.append(setting)
            found = value(setting)
            return Figures(found, 30.0, found if goal == "latency" else None)

        monkeypatch.setattr(app, "time", clock)
        monkeypatch.setattr(app, "tried", tried)
        return seen

    return pretend


def options(tmp_path: Path, seconds: float = 60.0) -> TuneOptions:
    """As the command line gives them."""
    return TuneOptions(
        source="synthetic://counter?frames=9",
        seconds=seconds,
        goal="throughput",
        config=tmp_path / "fleet.toml",
        json=tmp_path / "tune.json",
        force=False,
        passed=PASSED,
        given={"model": "vinofleet-person"},
    )


def test_the_best_is_written_within_the_time(
    tmp_path: Path,
    fleets: Callable[[Callable[[Setting], float]], list[Setting]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As what `run --config` takes, with the goal only where it is not the default."""
    scatter, lines = iter(range(1000)), list[str]()
    monkeypatch.setattr(app, "write_line", lines.append)
    seen = fleets(lambda setting: (20.0 if setting.streams == 1 else 10.0) * (1 + next(scatter) % 3 / 100))
    assert run_tune(options(tmp_path)) is Exit.OK
    assert len(seen) == 30
    document = tomllib.loads((tmp_path / "fleet.toml").read_text())
    assert document["streams"] == 1
    assert document["model"] == "vinofleet-person"
    assert document["source"] == [{"uri": "synthetic://counter?frames=9"}]
    assert "goal" not in document
    assert json.loads((tmp_path / "tune.json").read_text())["best"]["streams"] == 1
    assert "written: " in capsys.readouterr().out
    assert len(lines) == 30
    assert lines[0] == "vinofleet tune: 0 s, coarse: defaults: 10.0 FPS"


def test_interrupted_it_writes_the_best_so_far(
    tmp_path: Path, fleets: Callable[[Callable[[Setting], float]], list[Setting]]
) -> None:
    """And its exit code says that it was."""

    def value(setting: Setting) -> float:
        if setting.streams == 1:
            raise KeyboardInterrupt
        return 20.0 if setting.hint == "latency" else 10.0

    fleets(value)
    assert run_tune(options(tmp_path)) is Exit.INTERRUPTED
    assert tomllib.loads((tmp_path / "fleet.toml").read_text())["hint"] == "latency"


def test_interrupted_before_anything_it_writes_nothing(
    tmp_path: Path, fleets: Callable[[Callable[[Setting], float]], list[Setting]]
) -> None:
    """There is no best of none."""

    def value(_setting: Setting) -> float:
        raise KeyboardInterrupt

    fleets(value)
    with pytest.raises(KeyboardInterrupt):
        run_tune(options(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_setting_that_cannot_be_is_passed_over_and_defaults_that_cannot_end_it(
    tmp_path: Path,
    fleets: Callable[[Callable[[Setting], float]], list[Setting]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With the role's own words."""

    def value(setting: Setting) -> float:
        if setting == hopeless:
            raise RunError(Exit.DEVICE, "the device has had enough")
        return 10.0

    hopeless = Setting(streams=1)
    seen = fleets(value)
    assert run_tune(options(tmp_path)) is Exit.OK
    assert seen.count(hopeless) == 1
    assert "streams=1 cannot be: the device has had enough" in capsys.readouterr().out
    hopeless = DEFAULTS
    (tmp_path / "fleet.toml").unlink()
    (tmp_path / "tune.json").unlink()
    with pytest.raises(RunError, match="had enough"):
        run_tune(options(tmp_path))


def test_a_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    """It is refused before anything is tried."""
    (tmp_path / "fleet.toml").write_text("model = 'precious'")
    with pytest.raises(OutputError, match="--force"):
        run_tune(options(tmp_path))
