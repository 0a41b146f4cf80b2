"""The longest time without a write."""

from __future__ import annotations

from vinofleet.chaos.stalls import Stalls


def test_the_longest_time_between_two_writes() -> None:
    """Not the time before the first, nor after the last."""
    stalls = Stalls()
    for now, size in [(0.0, 0), (10.0, 5), (10.5, 6), (11.0, 6), (12.0, 7), (12.1, 8), (99.0, 8)]:
        stalls.see(size, now)
    assert (stalls.longest_s, stalls.longest_from) == (1.5, 10.5)


def test_a_file_that_was_there_before_is_no_write() -> None:
    """And one that is cut back or replaced is none either: only growth from there."""
    stalls = Stalls(100)
    stalls.see(100, 0.0)
    stalls.see(20, 1.0)
    begun = [stalls.has_begun]
    stalls.see(30, 2.0)
    begun.append(stalls.has_begun)
    assert begun == [False, True]
    assert stalls.longest_s is None
