"""A trial: its command line, and what becomes of a fleet that fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from common.exits import Exit
from common.model_choices import Asked
from vinofleet.measure.outcome import RunError
from vinofleet.measure.ruler import Mark
from vinofleet.measure.sampler import Sample, Stretch
from vinofleet.measure.subject import Subject
from vinofleet.tune import trial
from vinofleet.tune.figures import Figures
from vinofleet.tune.setting import DEFAULTS, Setting
from vinofleet.tune.trial import option_words, tried

MARKS = (Mark(1, 1.0, {"worker": 1.0}), Mark(10, 2.0, {"worker": 2.0}), Mark(60, 4.0, {"worker": 3.0}))


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """A scripted one."""
    from common.job_builder import Wish, build_job  # noqa: PLC0415

    wish = Wish(threshold=0.5, asked=Asked(labels=None, label_base=None, color=None), precision="default", pixels=None)
    job, _ = build_job("scripted://", None, wish)
    graph = tmp_path / "m.xml"
    return Subject(source="a.mp4", skipped=0, frames=10, limited=False, job=job, graph=graph, passed={"device": "CPU"})


def patched(monkeypatch: pytest.MonkeyPatch, seen: Sample, report: Any = None) -> list[tuple[list[str], Stretch, bool]]:  # noqa: ANN401
    """Let every fleet have been seen like this, and leave this report."""
    asked: list[tuple[list[str], Stretch, bool]] = []

    def sampled(command: list[str], folder: Path, _rows: Path, stretch: Stretch, *, in_order: bool) -> Sample:
        asked.append((command, stretch, in_order))
        if report is not None:
            (folder / "report.json").write_text(json.dumps(report))
        return seen

    monkeypatch.setattr(trial, "sample", sampled)
    return asked


def test_options_are_written_as_run_takes_them() -> None:
    """A "no" as well; the number of workers is written by whoever starts them."""
    given = Setting(workers=2, hint="latency", pin=False, window=16).given()
    assert option_words(given) == ["--hint=latency", "--no-pin", "--window=16"]


def test_frames_a_second_are_measured_until_it_is_ended_at_once(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source is repeated, so that it is not over before; frames that were read ahead are not measured."""
    asked = patched(monkeypatch, Sample(MARKS, None, ""))
    found = tried(subject, "throughput", Setting(workers=2, nireq=4, window=16), 1.5, tmp_path)
    assert found == Figures(25.0, 20.0, None)
    [(command, stretch, in_order)] = asked
    assert {"--workers=2", "--nireq=4", "--window=16", "--loop", "--goal=throughput"} <= set(command)
    assert (stretch.warm_rows, stretch.seconds, in_order) == (16, 1.5, False)


def test_latency_is_what_the_fleet_says_at_its_end(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it may end in order; one that leaves no report has failed."""
    [*_] = patched(monkeypatch, Sample(MARKS, None, ""), {"latency_ms": {"p50": 12.5}})
    assert tried(subject, "latency", DEFAULTS, 1.0, tmp_path) == Figures(25.0, 20.0, 12.5)
    patched(monkeypatch, Sample(MARKS, None, ""), {"latency_ms": {"p50": None}})
    with pytest.raises(RunError, match="latency"):
        tried(subject, "latency", DEFAULTS, 1.0, tmp_path)


@pytest.mark.parametrize(
    ("seen", "code", "words"),
    [
        (Sample((), 6, "vinofleet: error: device X is missing\n"), Exit.DEVICE, "device X is missing"),
        (Sample((), None, ""), Exit.TIMEOUT, "no results in time"),
        (Sample(MARKS[:1], 0, ""), Exit.TIMEOUT, "over too soon"),
    ],
)
def test_a_fleet_that_fails_says_why(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: Sample, code: Exit, words: str
) -> None:
    """In its own words, with its code."""
    patched(monkeypatch, seen)
    with pytest.raises(RunError, match=words) as failed:
        tried(subject, "throughput", DEFAULTS, 1.0, tmp_path)
    assert failed.value.exit_code == code
