"""Captured frames that may wait."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from common.mailbox import Mailbox
from producer.bell import COMPANY_S, TOGETHER, Bell


class Bench:
    """A bell, and a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.mailbox: Mailbox[int] = Mailbox()
        self.bell = Bell(self.mailbox.leave, self.mailbox.nudge, lambda: self.now)

    def heard(self) -> list[int]:
        """What the loop takes if it was woken."""
        return self.mailbox.drain() if select.select([self.mailbox], [], [], 0)[0] else []


@pytest.fixture
def bench() -> Iterator[Bench]:
    """With nothing left yet."""
    made = Bench()
    yield made
    made.mailbox.close()


def test_a_frame_after_a_pause_is_told_of_at_once(bench: Bench) -> None:
    """Whoever decodes for longer than that gathers nothing."""
    for number in range(3):
        bench.bell.leave(number)
        assert bench.heard() == [number]
        bench.now += COMPANY_S * 1.01


def test_frames_that_come_fast_wait_for_each_other_a_moment(bench: Bench) -> None:
    """From the first of them on, and anew for the next."""
    bench.bell.leave(0)
    assert bench.heard() == [0]
    for _ in range(2):
        for number in range(1, 4):
            assert bench.heard() == []
            bench.now += 0.51 * COMPANY_S
            bench.bell.leave(number)
        assert bench.heard() == [1, 2, 3]


def test_a_full_message_does_not_wait(bench: Bench) -> None:
    """Nothing is gained by more."""
    bench.bell.leave(0)
    assert bench.heard() == [0]
    for number in range(TOGETHER):
        assert bench.heard() == []
        bench.bell.leave(number)
    assert bench.heard() == list(range(TOGETHER))


def test_who_is_about_to_wait_rings_for_what_was_left(bench: Bench) -> None:
    """And for nothing, if nothing was."""
    bench.bell.leave(0)
    assert bench.heard() == [0]
    bench.bell.leave(1)
    bench.bell.ring()
    assert bench.heard() == [1]
    bench.mailbox.leave(2)
    bench.bell.ring()
    assert bench.heard() == []
