"""Roles may be started in any order, over TCP on this machine."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.process.roles import Shell, assert_conserved

pytestmark = [pytest.mark.faults, pytest.mark.process]

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
