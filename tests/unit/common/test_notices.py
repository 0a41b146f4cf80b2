"""Each thing is said once, in memory that does not grow."""

from __future__ import annotations

from common.actions import Notice
from common.notices import _TOLD_MAX, Notices, is_told, so_far


def test_a_text_is_said_once() -> None:
    """Its repetition is no news."""
    notices = Notices()
    assert notices.tell("info", "waiting") == [Notice("info", "waiting")]
    assert notices.tell("info", "waiting") == []


def test_of_one_kind_the_first_is_said() -> None:
    """A model that fails on every frame is one piece of news."""
    notices = Notices()
    assert notices.tell("warning", "w1 failed on frame 3", once="w1 failed")
    assert notices.tell("warning", "w1 failed on frame 4", once="w1 failed") == []


def test_a_collector_that_stays_for_weeks_still_speaks() -> None:
    """New things are said however many there were; the earliest are forgotten."""
    notices = Notices()
    for number in range(_TOLD_MAX + 1):
        assert notices.tell("info", f"worker {number}")
    assert notices.tell("info", f"worker {_TOLD_MAX}") == []
    assert notices.tell("info", "worker 0")


def test_a_thousand_of_a_kind_are_a_few_lines() -> None:
    """The first ten one by one, then each that doubles their number, which is said."""
    told = [count for count in range(1, 1001) if is_told(count)]
    assert told == [*range(1, 11), 16, 32, 64, 128, 256, 512]
    assert (so_far(10), so_far(16)) == ("", " (16 so far)")
