"""What `vinofleet bench` refuses before anything is measured, and how it goes on without benchmark_app."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.exits import Exit
from common.job_builder import Wish, build_job
from common.model_choices import Asked
from tests.unit.vinofleet.measure.refusing import refusal
from vinofleet.bench import app
from vinofleet.bench.cli import command
from vinofleet.bench.parts import CHECK, FLAT_OUT, PACED
from vinofleet.measure.figures import Run
from vinofleet.measure.outcome import RunError
from vinofleet.measure.subject import Subject

JOB = build_job("scripted://", None, Wish(threshold=0.5, asked=Asked(), precision="default", pixels=None))[0]

PASSED = {"goal": "latency"}


def session(folder: Path) -> app._Session:
    """One in which a fleet with two workers had 100 frames a second."""
    subject = Subject(source="c.mp4", skipped=0, frames=9, limited=False, job=JOB, graph=Path("m"), passed=PASSED)
    made = app._Session(subject, 2, folder, detections=5.4)
    made.runs["inference"].append(Run(200.0, 10.0, None, None, None, 1.0, engine={"requests": 3}))
    made.runs["fleet"].append(Run(100.0, 10.0, None, None, None, 1.0))
    return made


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("missing.mp4",), Exit.INPUT, "missing.mp4 is not there"),
        (("--chart", "where.svg"), Exit.USAGE, "is no PNG"),
        (("--model", "scripted://"), Exit.USAGE, "infers nothing"),
        (("--json", "no/such/where.json"), Exit.OUTPUT, "is no folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(
    arguments: tuple[str, ...], code: Exit, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the code and the line that other commands have for it."""
    error = refusal(command, arguments, monkeypatch)
    assert (error.exit_code, says in str(error)) == (code, True), error


def test_what_stands_for_the_model_keeps_the_fleets_pace(tmp_path: Path) -> None:
    """Two workers of three requests, 60 ms each, are 100 frames a second; flat out there is no pace."""
    made = session(tmp_path)
    assert made._script(PACED) == "detections=5&requests=3&service_ms=60.000"
    assert made._script(FLAT_OUT) == "detections=5"
    words = made._transport(180, made._script(FLAT_OUT), tmp_path / "rows", tmp_path / "report")
    assert "--model=scripted://?width=64&height=48&detections=5" in words
    assert "--goal=latency" in words
    assert words[-1] == "synthetic://counter?frames=180&size=64x48"


def test_without_benchmark_app_the_other_figures_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said why it is missing."""
    made = session(tmp_path)

    def fail(*_: object) -> Run:
        raise RunError(Exit.DEVICE, "benchmark_app: not installed")

    monkeypatch.setattr(app._Session, "_alone", fail)
    made.measure(CHECK)
    assert (made.runs["check"], made.unchecked) == ([], "benchmark_app: not installed")
