"""Any composition of wishes gives what a list would: the frame number is in the pixels, the time is the source's."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.counter import read_stamp
from common.errors import UsageError
from common.job import InputSpec
from common.rows import Ending
from producer.source import RawFrame, Source, Terms
from producer.sources import open_source
from producer.view import Region
from producer.wish import AS_IT_IS, Wish

SPEC = InputSpec("pixels", 16, 16, "i420", "BGR", "stretch")
FPS = 25
MOST = 40
"""As many frames of an endless source are looked at."""


def number_of(frame: RawFrame) -> int:
    """What is in the pixels of a frame."""
    out = np.zeros(SPEC.nbytes, np.uint8)
    frame.write_to(SPEC, out)
    return read_stamp(out)


def counter(frames: int, wish: Wish = AS_IT_IS) -> Source:
    """A synthetic source of so many frames."""
    return open_source(f"synthetic://counter?frames={frames}&fps={FPS}&size=64x48", "s", Terms(), wish)


def part_of(frames: int, wish: Wish) -> list[int]:
    """The frames of a source, by their numbers, that are a part of it as wished."""
    numbers = [n for n in range(frames) if n / FPS >= wish.start and (wish.end is None or n / FPS < wish.end)]
    numbers = numbers[wish.skip :: wish.every]
    if wish.live and wish.fps is not None:
        seconds = [int(Fraction(n - numbers[0], FPS) * wish.fps) for n in numbers]
        numbers = [n for i, n in enumerate(numbers) if i == 0 or seconds[i] > seconds[i - 1]]
    return numbers


def model(frames: int, wish: Wish) -> list[tuple[int, int]]:
    """The number and the time of every frame that is to come; of an endless source the first MOST."""
    numbers = part_of(frames, wish)
    rate = Fraction(FPS, wish.every) if wish.fps is None or not wish.live else min(Fraction(FPS, wish.every), wish.fps)
    times = [(n, n) for n in numbers]
    if wish.loop and numbers:
        span = numbers[-1] - numbers[0] + max(1, round(FPS / rate))
        times = [(n, n + turn * span) for turn in range(MOST) for n in numbers][:MOST]
    return times[: wish.frames]


wishes = st.builds(
    Wish,
    roi=st.none() | st.just(Region(3, 5, 17, 11)),
    flip=st.sampled_from([None, "horizontal", "both"]),
    start=st.sampled_from([0.0, 0.04, 0.17, 0.3]),
    end=st.sampled_from([None, None, 0.32, 0.5, 9.0]),
    skip=st.sampled_from([0, 0, 1, 3]),
    every=st.sampled_from([1, 1, 2, 5]),
    fps=st.sampled_from([None, Fraction(10), Fraction(50), Fraction(7, 2)]),
    frames=st.sampled_from([None, 1, 4, 30]),
    loop=st.booleans(),
    live=st.booleans(),
)


@given(frames=st.integers(9, 20), wish=wishes, first=st.integers(0, MOST - 1))
def test_a_wish_is_what_a_list_would_be(frames: int, wish: Wish, first: int) -> None:
    """The same frames at the same times, from wherever reading begins; the stream ends complete."""
    wanted = model(frames, wish)
    source = counter(frames, wish)
    size = (17, 11) if wish.roi else (64, 48)
    assert (source.header.width, source.header.height) == size
    is_endless = wish.loop and wish.frames is None and bool(wanted)
    assert not wanted or source.header.expected in {0, len(wanted)}
    got = []
    for frame in source.frames(first):
        assert (frame.width, frame.height) == size
        got.append((number_of(frame), frame.pts))
        if is_endless and first + len(got) == MOST:
            break
    assert got == wanted[first:]
    if not is_endless and wanted:
        assert (source.ending, source.ending_reason) == (Ending.COMPLETE, "")


@given(wish=wishes)
def test_times_increase_and_no_frame_comes_sooner_than_asked(wish: Wish) -> None:
    """Also where a pass follows another; a source that does not wait gives no more frames a second than asked."""
    times = [pts for _, pts in model(20, wish)]
    source = counter(20, wish)
    got = [frame.pts for frame, _ in zip(source.frames(), range(MOST), strict=False)]
    assert got == times
    assert all(one < other for one, other in pairwise(got))


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(skip=3), 17),
        (Wish(skip=3, every=4), 5),
        (Wish(frames=8), 8),
        (Wish(frames=30), 20),
        (Wish(loop=True), 0),
        (Wish(loop=True, frames=30), 30),
        (Wish(start=0.1), 0),
        (Wish(flip="both"), 20),
        (AS_IT_IS, 20),
    ],
)
def test_what_is_expected_is_what_comes(wish: Wish, expected: int) -> None:
    """Where it is known."""
    assert counter(20, wish).header.expected == expected


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (lambda: Wish(start=2.0, end=1.0), "--end 1 is not after --start 2"),
        (lambda: Wish(end=0.0), "--end 0 is not after the beginning"),
        (lambda: Wish(skip=20), "leaves nothing of .*, which has 20 frames"),
        (lambda: Wish(start=0.8), "--start 0.8 leaves nothing of .*, which lasts 0.80 s"),
        (lambda: Wish(roi=Region(60, 0, 5, 5)), "60,0,5,5 is not inside the frames of .*, which are 64x48"),
        (lambda: Wish(roi=Region(0, 0, 64, 49)), "is not inside"),
    ],
)
def test_a_wish_that_leaves_nothing_is_refused(wish: Callable[[], Wish], message: str) -> None:
    """Before anything is captured."""
    with pytest.raises(UsageError, match=message):
        counter(20, wish())


def test_a_part_without_a_frame_is_incomplete() -> None:
    """Where a source does not say how long it is, that shows in the end."""
    source = counter(20, Wish(start=0.1, skip=18))
    assert list(source.frames()) == []
    assert source.ending is Ending.INCOMPLETE
    assert source.ending_reason == "--start 0.1 --skip-first-frames 18 leaves none of its frames"
    looped = counter(20, Wish(start=0.1, skip=18, loop=True))
    assert list(looped.frames()) == []
    assert looped.ending is Ending.INCOMPLETE


@pytest.mark.parametrize("wish", [Wish(loop=True), Wish(every=2), Wish(flip="both"), Wish(frames=9)])
def test_whatever_is_made_of_a_source_ends_with_it(wish: Wish) -> None:
    """Closing it interrupts."""
    source = counter(20, wish)
    frames = source.frames()
    next(frames)
    source.close()
    source.close()
    assert list(frames) == []
    assert source.ending is Ending.INTERRUPTED
    assert source.ending_reason


def test_without_a_wish_nothing_is_wrapped() -> None:
    """It costs nothing then."""
    assert type(counter(9)) is type(counter(9, Wish(live=True, fps=None)))
