"""Roles may be started in any order, over TCP on this machine."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from common.script import scripted_detections
from tests.process.roles import Shell, assert_conserved

pytestmark = pytest.mark.process

SOURCE = "synthetic://counter?frames=60&size=64x48"
MODEL = "scripted://?service_ms=2&detections=3"


def start(shell: Shell, role: str) -> None:
    """Start one of the three."""
    if role == "collector":
        shell.collector()
    elif role == "producer":
        shell.producer(SOURCE, "--model", MODEL)
    else:
        shell.worker()


@pytest.mark.parametrize("order", list(permutations(("collector", "producer", "worker"))), ids="-".join)
def test_any_start_order_gives_the_whole_result(shell: Shell, order: tuple[str, ...]) -> None:
    """Each role waits for the others, and all end by themselves with 0."""
    for role in order:
        start(shell, role)
    assert [role.ends() for role in shell.roles] == [0, 0, 0]
    assert_conserved(shell, 60)


def test_results_are_those_of_the_frames_they_stand_beside(shell: Shell) -> None:
    """What the engine read from the pixels of frame N stands in row N."""
    for role in ("collector", "producer", "worker"):
        start(shell, role)
    assert [role.ends() for role in shell.roles] == [0, 0, 0]
    for row in shell.rows():
        expected = scripted_detections(row["frame"], 3, (64, 48))
        found = np.asarray([[*d["box"], d["score"], d["class_id"]] for d in row["detections"]])
        np.testing.assert_allclose(found, expected, atol=0.006, err_msg=str(row))
