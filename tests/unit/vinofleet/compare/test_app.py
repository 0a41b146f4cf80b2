"""What `vinofleet compare` makes of a run that is not as it should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from common.errors import UsageError
from common.exits import Exit
from common.job_builder import Wish, build_job
from common.model_choices import Asked
from vinofleet.compare import app
from vinofleet.compare.agreement import detections
from vinofleet.compare.modes import Mode
from vinofleet.compare.plan import Plan
from vinofleet.compare.ruler import Mark, Measured

SYNC = Mode("sync", "sync")
JOB = build_job("scripted://", None, Wish(threshold=0.5, asked=Asked(), precision="default", pixels=None))[0]


def rows(folder: Path, *statuses: str) -> Path:
    """A file of rows."""
    path = folder / "rows.jsonl"
    lines = [json.dumps({"frame": n, "status": status, "detections": []}) for n, status in enumerate(statuses)]
    path.write_text("\n".join(lines) + "\n")
    return path


def plan(frames: int) -> Plan:
    """What is compared, as far as it matters here."""
    return Plan(
        source="clip.mp4",
        skipped=0,
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
    shown = Plan(
        source="s",
        skipped=0,
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
