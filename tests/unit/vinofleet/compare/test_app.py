"""What `vinofleet compare` makes of detections that are not as they should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from common.job_builder import Wish, build_job
from common.model_choices import Asked
from vinofleet.compare import app
from vinofleet.compare.agreement import detections
from vinofleet.compare.modes import Mode
from vinofleet.compare.plan import Plan
from vinofleet.measure.outcome import DifferenceError
from vinofleet.measure.subject import Subject

SYNC = Mode("sync", "sync")
JOB = build_job("scripted://", None, Wish(threshold=0.5, asked=Asked(), precision="default", pixels=None))[0]
SUBJECT = Subject(
    source="clip.mp4",
    skipped=0,
    frames=1,
    limited=False,
    job=JOB,
    graph=Path("m.xml"),
    passed={"threshold": 0.5, "device": "CPU"},
)


def test_detections_that_differ_are_named_before_any_figure() -> None:
    """With mode, frame and what is different; exit code 13."""
    person = detections({"detections": [{"label": "person", "class_id": 0, "score": 0.9, "box": [1, 2, 30, 40]}]})
    fleet = Mode("fleet-2", "fleet", "throughput", 2)
    with pytest.raises(DifferenceError, match=r"frame 1 of fleet-2 differs from sync: person 0.90 .* is missing"):
        app._compared(Plan(SUBJECT, [SYNC], draw=True), (SYNC, [[], person]), fleet, [[], []])


def test_nobody_draws_where_nothing_is_to_be_drawn(tmp_path: Path) -> None:
    """Neither a fleet nor this process's way."""
    for draw in (True, False):
        plan = Plan(SUBJECT, [SYNC], draw=draw)
        fleet = app._command(plan, Mode("fleet-1", "fleet", workers=1), tmp_path / "rows", tmp_path / "notes")
        assert ("--output=null:" in fleet) is draw
        sync = app._command(plan, SYNC, tmp_path / "rows", tmp_path / "notes")
        assert json.loads(sync[-1])["draw"] is draw
