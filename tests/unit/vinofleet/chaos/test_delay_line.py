"""Bytes on their way: in order, not before their time, and not too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vinofleet.chaos.delay_line import HELD_MAX_BYTES, INFINITY, DelayLine


def first(line: DelayLine, now: float) -> bytes | None:
    """What may leave."""
    data = line.peek(now)
    return None if data is None else bytes(data)


def test_bytes_leave_when_their_time_has_come() -> None:
    """And not before; the deadline says when that is."""
    line = DelayLine()
    line.put(b"ab", 1.0, 0.5)
    assert (first(line, 1.4), line.deadline()) == (None, 1.5)
    assert first(line, 1.5) == b"ab"


def test_what_did_not_fit_stays_first() -> None:
    """A socket that took one byte gets the other ones next."""
    line = DelayLine()
    line.put(b"abc", 0.0, 0.0)
    line.put(b"d", 0.0, 0.0)
    line.took(1)
    assert first(line, 0.0) == b"bc"
    assert line.held_bytes == 3


def test_a_shorter_delay_lets_nothing_overtake() -> None:
    """What came before goes before."""
    line = DelayLine()
    line.put(b"a", 0.0, 10.0)
    line.put(b"b", 1.0, 0.0)
    assert first(line, 9.0) is None
    line.took(len(first(line, 10.0) or b""))
    assert first(line, 10.0) == b"b"


def test_the_end_comes_after_everything() -> None:
    """Delayed as well; nothing is taken after it."""
    line = DelayLine()
    line.put(b"a", 0.0, 1.0)
    line.put(b"", 0.0, 2.0)
    assert not line.takes
    line.took(1)
    assert (line.has_ended(1.0), line.deadline(), line.has_ended(2.0)) == (False, 2.0, True)


def test_it_takes_no_more_than_it_may_hold() -> None:
    """A stream faster than the delay allows is held back at its source."""
    line = DelayLine()
    line.put(bytes(HELD_MAX_BYTES), 0.0, 1.0)
    assert not line.takes
    line.took(1)
    assert line.takes


def test_an_empty_line_wants_nothing() -> None:
    """It has no deadline."""
    assert DelayLine().deadline() == INFINITY


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=5), st.floats(0, 1), st.floats(0, 1)), max_size=20))
def test_what_leaves_is_what_came(pieces: list[tuple[bytes, float, float]]) -> None:
    """Whatever the delays: each byte once, in order, none early, and each deadline is kept."""
    line, now, came = DelayLine(), 0.0, b""
    for data, later_s, delay_s in pieces:
        now += later_s
        line.put(data, now, delay_s)
        came += data
    left = b""
    while line.held_bytes:
        now = max(now, line.deadline())
        going = first(line, now)
        assert going is not None
        left += going[:2]
        line.took(len(going[:2]))
    assert left == came
