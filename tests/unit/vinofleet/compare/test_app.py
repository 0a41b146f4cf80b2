"""What `vinofleet compare` refuses, and what it makes of a run that is not as it should be."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from common.errors import UsageError, VinofleetError
from common.exits import Exit
from common.job_builder import Wish, build_job
from common.model_choices import Asked
from vinofleet.compare import app
from vinofleet.compare.agreement import detections
from vinofleet.compare.cli import command
from vinofleet.compare.modes import Mode
from vinofleet.compare.ruler import Mark, Measured

SYNC = Mode("sync", "sync")
JOB = build_job("scripted://", None, Wish(threshold=0.5, asked=Asked(), precision="default", pixels=None))[0]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("missing.mp4",), Exit.INPUT, "missing.mp4 is not there"),
        (("rtsp://camera/1",), Exit.INPUT, "is no source that gives the same frames again"),
        (("synthetic://road",), Exit.INPUT, "the pictures are"),
        (("--model", "person-detection-0022"), Exit.MODEL, "did you mean person-detection-0202?"),
        (("--device", "GPUX"), Exit.DEVICE, "there is no device 'GPUX' here"),
        (("--model", "scripted://"), Exit.USAGE, "infers nothing"),
        (("--chart", "fps.svg"), Exit.USAGE, "is no PNG"),
        (("--json", "no/such/fps.json"), Exit.OUTPUT, "is no folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(
    arguments: tuple[str, ...], code: Exit, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the code and the line that other commands have for it."""
    monkeypatch.setattr(app, "measure", lambda *_: pytest.fail("it was measured"))
    error = CliRunner().invoke(command, arguments).exception
    assert isinstance(error, VinofleetError)
    assert (error.exit_code, says in str(error)) == (code, True), error


def test_an_output_that_is_there_is_replaced_by_force_only(tmp_path: Path) -> None:
    """And a source never."""
    path = tmp_path / "fps.json"
    path.touch()
    error = CliRunner().invoke(command, ["--json", str(path)]).exception
    assert isinstance(error, VinofleetError)
    assert "say --force" in str(error)
    error = CliRunner().invoke(command, [str(path), "--json", str(path), "--force"]).exception
    assert isinstance(error, UsageError)
    assert "would be replaced" in str(error)


def test_modes_that_are_none_are_a_usage_error() -> None:
    """Which names those that there are; after a comma they complete."""
    done = CliRunner().invoke(command, ["--modes", "sync,fast"])
    assert done.exit_code == 2
    assert "'fast' is none of sync, async, queue, fleet" in done.output
    (modes,) = (param for param in command.params if param.name == "modes")
    found = modes.shell_complete(click.Context(command), "sync,a")
    assert [item.value for item in found] == ["sync,async"]


@pytest.mark.parametrize(
    ("asked", "most", "given"),
    [
        ("synthetic://street", 8, ("synthetic://street?frames=8", 8, False)),
        ("synthetic://street?seed=3", 8, ("synthetic://street?seed=3&frames=8", 8, False)),
        ("synthetic://street?frames=20&seed=3", 8, ("synthetic://street?frames=8&seed=3", 8, False)),
        ("synthetic://street?frames=5", 8, ("synthetic://street?frames=5", 5, False)),
    ],
)
def test_a_street_is_as_long_as_is_asked_for(asked: str, most: int, given: tuple[str, int, bool]) -> None:
    """So every mode is given the same, and none more than it measures."""
    assert app._source(asked, most) == given


def rows(folder: Path, *statuses: str) -> Path:
    """A file of rows."""
    path = folder / "rows.jsonl"
    lines = [json.dumps({"frame": n, "status": status, "detections": []}) for n, status in enumerate(statuses)]
    path.write_text("\n".join(lines) + "\n")
    return path


def plan(frames: int) -> app._Plan:
    """What is compared, as far as it matters here."""
    return app._Plan(
        source="clip.mp4",
        frames=frames,
        limited=False,
        modes=[SYNC],
        job=JOB,
        graph=Path("m.xml"),
        passed={},
    )


def ended(code: int = 0, marks: tuple[Mark, ...] = (), words: str = "") -> Measured:
    """A run that is over."""
    return Measured(code, marks, 0, 1.0, 0.5, 100.0, words)


def test_a_frame_that_is_not_ok_or_missing_is_a_difference(tmp_path: Path) -> None:
    """Named with its mode."""
    with pytest.raises(app.DifferenceError, match="frame 1 of sync is failed") as raised:
        app._found(plan(2), SYNC, rows(tmp_path, "ok", "failed"))
    assert raised.value.exit_code is Exit.CHECK_FAILED
    with pytest.raises(app.DifferenceError, match="sync ended after 2 of 3 frames"):
        app._found(plan(3), SYNC, rows(tmp_path, "ok", "ok"))


def test_detections_that_differ_are_named_before_any_figure() -> None:
    """With mode, frame and what is different; exit code 13."""
    person = detections({"detections": [{"label": "person", "class_id": 0, "score": 0.9, "box": [1, 2, 30, 40]}]})
    shown = app._Plan(
        source="s",
        frames=1,
        limited=False,
        modes=[SYNC],
        job=JOB,
        graph=Path("m"),
        passed={"threshold": 0.5},
    )
    fleet = Mode("fleet-2", "fleet", "throughput", 2)
    with pytest.raises(app.DifferenceError, match=r"frame 1 of fleet-2 differs from sync: person 0.90 .* is missing"):
        app._compared(shown, (SYNC, [[], person]), fleet, [[], []])


def test_figures_are_of_the_time_between_the_marks(tmp_path: Path) -> None:
    """CPU time too; where the system does not tell it, there is none."""
    noted = {"stages_ms": {"prepare": {"p50": 1.5}, "infer": None}}
    path = rows(tmp_path, "ok", "ok", "ok")
    done = ended(marks=(Mark(1, 2.0, 1.0), Mark(3, 2.5, 1.1)))
    run = app._outcome(plan(3), SYNC, done, noted, path).run
    assert (run.fps, run.first_s, run.stages_ms) == (4.0, 2.0, {"prepare": 1.5})
    assert run.cpu_ms == pytest.approx(50.0)
    untold = ended(marks=(Mark(1, 2.0, None), Mark(3, 2.5, None)))
    assert app._outcome(plan(3), SYNC, untold, noted, path).run.cpu_ms is None
    with pytest.raises(UsageError, match="too soon to be measured"):
        app._outcome(plan(3), SYNC, ended(marks=(Mark(3, 2.0, None),)), noted, path)


def test_a_mode_that_fails_ends_it_with_its_own_words_and_code() -> None:
    """Or with what there is."""
    told = app._failure(SYNC, ended(6, words="noise\nvinofleet: error: device GPU failed\nmore\n"))
    assert (str(told), told.exit_code) == ("sync: device GPU failed", Exit.DEVICE)
    killed = app._failure(SYNC, ended(-9))
    assert (str(killed), killed.exit_code) == ("sync: exit code -9", Exit.INTERNAL)
