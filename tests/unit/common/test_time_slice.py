"""A request of which nobody can see what came, but the kernel that took it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from common.time_slice import LONG_S, lengthen_time_slice

SCHED = Path("/proc/thread-self/sched")


def slice_ms() -> float | None:
    """The calling thread's own slice as the kernel tells it; None where it does not."""
    lines = SCHED.read_text(encoding="ascii").splitlines() if SCHED.exists() else []
    found = [line.partition(":")[2] for line in lines if line.startswith("se.slice")]
    return float(found[0]) / 1e6 if found else None


def in_a_thread(*steps: object) -> list[object]:
    """What each callable returns, called in one thread that ends: this one keeps its slice."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(step() for step in steps))  # type: ignore[operator]
    thread.start()
    thread.join()
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such request")
def test_the_kernel_takes_it_for_this_thread_and_those_that_it_starts() -> None:
    """Whoever asked twice has asked once; others keep what they have."""
    before = slice_ms()
    taken, again, own, inherited = in_a_thread(
        lengthen_time_slice, lengthen_time_slice, slice_ms, lambda: in_a_thread(slice_ms)[0]
    )
    assert taken is again
    if taken and own is not None and own != before:  # kernels before 6.12 take the request and leave the slice
        assert own == pytest.approx(LONG_S * 1000)
        assert inherited == own
    assert slice_ms() == before


def test_a_machine_of_another_kind_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of system calls are not guessed."""
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    assert in_a_thread(lengthen_time_slice) == [False]
