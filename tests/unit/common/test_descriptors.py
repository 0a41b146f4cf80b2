"""Tests of common.descriptors."""

from __future__ import annotations

import subprocess
import sys

import pytest

from common.descriptors import ASSUMED, ENOUGH, allowed_descriptors

PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from common.descriptors import allowed_descriptors
print(allowed_descriptors(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="has no such limits")
@pytest.mark.parametrize(("soft", "hard", "then"), [(200, 400, 400), (400, 400, 400)])
def test_as_many_are_taken_as_there_may_be(soft: int, hard: int, then: int) -> None:
    """The system's own limit stays."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(then), str(then), str(hard)]


def test_no_more_than_enough_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of a million stays where it is; one that cannot be changed does as well."""
    resource = pytest.importorskip("resource")
    limits = [1024, 1_000_000]

    def set_limit(_: int, wanted: tuple[int, int]) -> None:
        limits[:] = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    assert allowed_descriptors() == ENOUGH
    assert limits == [ENOUGH, 1_000_000]


def test_where_there_are_no_limits_one_is_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert allowed_descriptors() == ASSUMED
