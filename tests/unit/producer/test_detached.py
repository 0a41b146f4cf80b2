"""Tests of producer.detached, with decoders that are none: what is heard, on a clock that jumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import pytest

from common.errors import InputError
from common.job import InputSpec
from common.rows import Ending
from producer import reconnection
from producer.child_words import Broken, Ended, Opened, Skipped
from producer.decoder import Decoder, Heard, Picture, Request
from producer.detached import DetachedSource
from producer.reconnection import GIVE_UP_S
from producer.source import SourceBack, SourceLost, SourceNews, Terms
from producer.view import Region
from producer.wish import Wish, fulfil

MS: Final = (1, 1000)
FILE: Final = Opened(4, 2, MS, (25, 1), 10, live=False, timed=True)
CAMERA: Final = FILE._replace(live=True)
END: Final = Ended("complete", "")


def picture(pts: int, size: tuple[int, int] = (4, 2)) -> Picture:
    """A frame."""
    return Picture(pts, *size, 900, np.full(size[0] * size[1] * 3 // 2, 128, np.uint8))


class Plan:
    """What one decoder after the other says; None is silence until the time-out.

    Args:
        lives: of each decoder; one that has nothing to say any more is broken.
    """

    def __init__(self, *lives: Sequence[Heard | None]) -> None:
        self.lives = list(lives)
        self.now = 0.0
        self.begun: list[int] = []
        self.closed = 0
        self.news: list[SourceNews] = []

    def start(self, _request: Request) -> Decoder:
        """The next decoder."""
        return cast("Decoder", Fake(self, self.lives.pop(0)))

    def source(self, kind: str = "remote") -> DetachedSource:
        """A source of these decoders."""
        terms = Terms(10.0, 2.0, self.news.append)
        return DetachedSource(Request(kind, "http://u:secret@door", "s"), "door", terms, self.start, lambda: self.now)


class Fake:
    """See `producer.decoder.Decoder`."""

    def __init__(self, plan: Plan, words: Sequence[Heard | None]) -> None:
        self._plan = plan
        self._words = iter(words)
        self._is_closed = False

    def begin(self, first: int) -> None:
        """Remember where."""
        self._plan.begun.append(first)

    def hear(self, timeout_s: float | None) -> Heard | None:
        """The next word; silence lasts as long as it may."""
        heard = next(self._words, Broken("its decoder has ended"))
        if heard is None:
            assert timeout_s is not None, "nobody would wait for this one's end"
            self._plan.now += timeout_s
        return heard

    def close(self) -> None:
        """Count."""
        self._plan.closed += not self._is_closed
        self._is_closed = True


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits before the next attempt."""
    monkeypatch.setattr(reconnection, "BACKOFF_FIRST_S", 0.0)


def times(source: DetachedSource) -> list[int]:
    """Of all frames."""
    return [frame.pts for frame in source.frames()]


def test_a_recording_goes_on_with_the_frame_that_is_due() -> None:
    """Another decoder begins there; that it was away and is back is told, and what was hung is closed."""
    plan = Plan([FILE, picture(0), picture(40), None], [FILE, Skipped(), picture(80), END])
    source = plan.source()
    assert times(source) == [0, 40, 80]
    assert plan.begun == [0, 2]
    assert plan.news == [SourceLost("s", "nothing for 2 s", 2.0), SourceBack("s", 4, 2)]
    assert (source.ending, source.ending_reason) == (Ending.COMPLETE, "")
    source.close()
    assert plan.closed == 2


def test_a_recording_that_ends_early_twice_is_at_its_end() -> None:
    """The first time it may have been the connection."""
    torn = Ended("incomplete", "it is torn")
    plan = Plan([FILE, picture(0), torn], [FILE, torn])
    source = plan.source()
    assert times(source) == [0]
    assert (source.ending, source.ending_reason) == (Ending.INCOMPLETE, "it is torn")


def test_a_recording_that_stays_away_is_given_up() -> None:
    """After so long without a frame, however often it was there."""
    plan = Plan([FILE, picture(0), None], *([FILE, None] for _ in range(50)))
    source = plan.source()
    assert times(source) == [0]
    assert source.ending is Ending.INCOMPLETE
    assert GIVE_UP_S <= plan.now <= GIVE_UP_S + 2.0
    assert len(plan.news) == 1


def test_what_does_not_open_again_is_tried_again() -> None:
    """Refused, silent and dead decoders are closed; one outage is told once."""
    plan = Plan([CAMERA, picture(0), END], [Broken("it is not there")], [None], [], [CAMERA, picture(7), picture(8)])
    frames = plan.source().frames()
    assert [next(frames).width for _ in range(3)] == [4, 4, 4]
    assert [type(one) for one in plan.news] == [SourceLost, SourceBack]
    assert plan.closed == 4


def test_a_camera_comes_back_with_another_size() -> None:
    """Each frame has its own; the header's is the first."""
    plan = Plan([CAMERA, picture(0), END], [CAMERA._replace(width=8, height=4), picture(0, (8, 4))])
    source = plan.source()
    frames = source.frames(500)
    sizes = [(frame.width, frame.height) for frame in (next(frames), next(frames))]
    assert sizes == [(4, 2), (8, 4)]
    assert (source.header.width, source.header.height) == (4, 2)
    assert plan.begun == [0, 0], "what is live has nothing to be skipped"


def test_what_had_no_end_and_has_one_now_is_not_played_again() -> None:
    """A broadcast that is over is there as a recording; it counts as away."""
    plan = Plan([CAMERA, picture(0), END], [FILE, picture(0), END], [CAMERA, picture(7)])
    frames = plan.source().frames()
    next(frames)
    next(frames)
    assert plan.begun == [0, 0]
    assert [type(one) for one in plan.news] == [SourceLost, SourceBack]
    assert plan.closed == 2


def test_a_pipe_is_waited_for_and_read_once() -> None:
    """Its end is the end, and so is the end of its decoder."""
    for last, ending in ((END, Ending.COMPLETE), (Broken("it died"), Ending.INCOMPLETE)):
        plan = Plan([FILE, picture(0), last])
        source = plan.source("pipe")
        assert times(source) == [0]
        assert source.ending is ending
        assert plan.news == []


def test_who_closes_it_ends_it() -> None:
    """Interrupted, also between two attempts; it can be closed again."""
    plan = Plan([CAMERA, picture(0), END])
    source = plan.source()
    frames = source.frames()
    next(frames)
    source.close()
    source.close()
    assert list(frames) == []
    assert source.ending is Ending.INTERRUPTED


@pytest.mark.parametrize("words", [[Broken("it is not there", "look")], [None], []])
def test_what_cannot_be_opened_leaves_nothing(words: Sequence[Heard | None]) -> None:
    """Its decoder is closed, and no secret is told."""
    plan = Plan(words)
    with pytest.raises(InputError) as caught:
        plan.source()
    assert plan.closed == 1
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (Wish(), [[50, 100], [150, 200]]),
        (Wish(flip="horizontal"), [[100, 50], [200, 150]]),
        (Wish(flip="both"), [[200, 150], [100, 50]]),
        (Wish(roi=Region(4, 0, 4, 4)), [[100, 100], [100, 100]]),
        (Wish(roi=Region(0, 4, 8, 4), flip="horizontal"), [[200, 150], [200, 150]]),
    ],
)
@pytest.mark.parametrize("grown", [1, 2])
def test_a_part_of_a_live_picture(wish: Wish, wanted: list[list[int]], grown: int) -> None:
    """Cut and mirrored as any; a frame of another size shows the same part of its picture."""
    size = (8 * grown, 8 * grown)
    luma = np.kron(np.array([[50, 100], [150, 200]], np.uint8), np.ones((4 * grown, 4 * grown), np.uint8))
    flat = np.concatenate([luma.reshape(-1), np.full(luma.size // 2, 128, np.uint8)])
    plan = Plan([CAMERA._replace(width=8, height=8), Picture(0, *size, 0, flat)])
    source = fulfil(plan.source, wish, is_read_once=False)
    spec = InputSpec("", 2, 2, "i420", "BGR", "stretch")
    out = np.empty(spec.nbytes, np.uint8)
    next(iter(source.frames())).write_to(spec, out)
    assert out[:4].reshape(2, 2).tolist() == wanted
    source.close()
