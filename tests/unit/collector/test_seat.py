"""Seats: nobody who fills one waits, and nothing is wanted that would not be seen."""

from __future__ import annotations

import threading

import numpy as np

from collector.seat import IDLE_S, Seat, Taken
from collector.shown import Figures, Shown

FIGURES = [Figures("a", "running", 64, 48, 0, 1, 0, 0, 1.0)]


def picture(stream: str = "a", seq: int = 0) -> Shown:
    """A small picture."""
    return Shown(stream, seq, 2, 2, np.zeros((3, 2), np.uint8))


def test_a_picture_is_wanted_when_the_one_before_was_taken_and_its_time_has_come() -> None:
    """A viewer that takes nothing is drawn nothing, however long that lasts."""
    seat = Seat(0.1, watches_all=True)
    assert seat.wants("a", 0.0)
    seat.put(picture(), 0.0)
    assert not seat.wants("a", 100.0)
    assert seat.take(0).picture is not None
    assert not seat.wants("a", 0.05)
    assert seat.wants("a", 0.1)


def test_the_rate_is_kept_on_the_mean() -> None:
    """Frames that come more often than pictures are shown are not thinned out to half of what may be shown."""
    seat = Seat(1 / 15, watches_all=True)
    shown = 0
    for frame in range(100):  # 20 a second
        now = frame / 20
        if seat.wants("a", now):
            seat.put(picture(seq=frame), now)
            seat.take(0)
            shown += 1
    assert 72 <= shown <= 76


def test_a_stream_that_nobody_looks_at_is_drawn_now_and_then() -> None:
    """Whoever comes has something to see."""
    seat = Seat(0.1, watches_all=False)
    for stream in ("a", "b"):
        seat.put(picture(stream), 0.0)
        seat.take(0)
    seat.watch(["a"])
    assert [seat.wants(stream, 0.5) for stream in ("a", "b")] == [True, False]
    assert seat.wants("b", IDLE_S)


def test_streams_take_turns() -> None:
    """The picture that waits for longest is taken first; a newer one takes an older one's place."""
    seat = Seat(0.0, watches_all=True)
    seat.put(picture("a"), 0.0)
    seat.put(picture("b"), 0.0)
    seat.put(picture("a", 1), 1.0)
    taken = [seat.take(0).picture for _ in range(2)]
    assert [(each.stream, each.seq) for each in taken if each is not None] == [("a", 1), ("b", 0)]
    assert seat.take(0) == Taken(None, None)


def test_streams_that_are_not_told_of_are_forgotten() -> None:
    """Of streams that come and go for days nothing is left."""
    seat = Seat(9.0, watches_all=True)
    seat.put(picture("gone"), 0.0)
    seat.tell(FIGURES)
    assert seat.take(0) == Taken(None, FIGURES)
    assert seat.wants("gone", 0.0)


def test_who_waits_is_woken_when_the_seat_is_left() -> None:
    """And nothing is wanted any more."""
    seat = Seat(0.0, watches_all=True)
    thread = threading.Thread(target=seat.take, args=(60,))
    thread.start()
    assert seat.leave()
    thread.join(20)
    assert not thread.is_alive()
    assert not seat.leave()
    assert not seat.wants("a", 0.0)
