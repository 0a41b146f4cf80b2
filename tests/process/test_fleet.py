"""Real processes come, leave and share the work; nothing is lost, nothing comes twice, the order stands."""

from __future__ import annotations

import re
import signal

import numpy as np
import pytest

from common.script import scripted_detections
from tests.process.roles import Shell, assert_conserved, assert_end_well

pytestmark = pytest.mark.process


def test_a_worker_that_joins_half_way_takes_frames(shell: Shell) -> None:
    """Its frames are counted in the report."""
    collector, producer, _ = shell.fleet(500, "w0")
    shell.reaches(200)
    late = shell.worker("late")
    late.says("ready")
    assert (producer.ends(), collector.ends(), late.ends()) == (0, 0, 0)
    assert_conserved(shell, 500)
    frames = {worker["name"]: worker["frames"] for worker in shell.report()["workers"]}
    assert frames["late"] > 0


def test_sigterm_drains_a_worker_without_a_frame_sent_again(shell: Shell) -> None:
    """It finishes what it holds and leaves with 0; the other one does the rest."""
    collector, producer, workers = shell.fleet(400)
    shell.reaches(150)
    workers[0].signal(signal.SIGTERM)
    assert workers[0].ends() == 0
    assert (producer.ends(), collector.ends()) == (0, 0)
    assert_conserved(shell, 400)
    assert shell.report()["redispatched"] == 0


def test_several_sources_share_the_workers(shell: Shell) -> None:
    """Streams of different lengths each come whole and in order through one producer."""
    shell.collector()
    shell.producer(
        "synthetic://counter?frames=150&size=64x48", "synthetic://counter?frames=40&size=128x96&seed=2",
        "--stream", "long", "--stream", "short", "--model", "scripted://?service_ms=2",
    )  # fmt: skip
    shell.worker()
    assert [role.ends() for role in shell.roles] == [0, 0, 0]
    assert_conserved(shell, 150, "long")
    assert_conserved(shell, 40, "short")


def test_one_worker_serves_two_producers(shell: Shell) -> None:
    """A worker connected to two producers finishes both."""
    shell.collector("--stay")
    other = Shell(shell.folder)
    try:
        other.results = shell.results
        shell.producer("synthetic://counter?frames=80", "--stream", "one", "--model", "scripted://?service_ms=2")
        other.producer("synthetic://counter?frames=90", "--stream", "two", "--model", "scripted://?service_ms=3")
        worker = shell.worker("w1", "--connect", other.frames)
        assert (shell.roles[1].ends(), other.roles[0].ends(), worker.ends()) == (0, 0, 0)
        shell.roles[0].signal(signal.SIGTERM)
        shell.roles[0].ends()
        names = re.findall(rb'"stream": ?"(\w+)"', shell.jsonl)
        assert (names.count(b"one"), names.count(b"two")) == (80, 90)
    finally:
        other.close()


def test_results_are_those_of_the_frames_they_stand_beside(shell: Shell) -> None:
    """What the engine read from the pixels of frame N stands in row N."""
    shell.fleet(60, script="service_ms=2&detections=3")
    assert_end_well(*shell.roles)
    for row in shell.rows():
        expected = scripted_detections(row["frame"], 3, (64, 48))
        found = np.asarray([[*d["box"], d["score"], d["class_id"]] for d in row["detections"]])
        np.testing.assert_allclose(found, expected, atol=0.006, err_msg=str(row))
