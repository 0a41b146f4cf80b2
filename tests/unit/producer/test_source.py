"""The contract of `producer.source.Source`, kept by the real thing and by the shipped fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from common.job import InputSpec, Pixels
from common.rows import Ending
from producer.source import RawFrame, Source
from producer.sources import open_source

Opener = Callable[[], Source]


@pytest.fixture(params=["counter", "street", "file"])
def opener(request: pytest.FixtureRequest, make_clip: Callable[..., Path]) -> Iterator[Opener]:
    """Opens the same ten frames of 64 x 48 again and again; all are closed in the end."""
    synthetic = f"synthetic://{request.param}?frames=10&size=64x48"
    uri = str(make_clip("clip.mp4")) if request.param == "file" else synthetic
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(open_source(uri, "cam")))


def pixels(frame: RawFrame, form: Pixels = "i420") -> bytes:
    """What the frame writes at 32 x 16."""
    spec = InputSpec("image", 32, 16, form, "BGR", "stretch")
    out = np.zeros(spec.nbytes, np.uint8)
    frame.write_to(spec, out)
    return out.tobytes()


def test_every_frame_once_then_complete(opener: Opener) -> None:
    """Ten frames, each later than the one before, then a complete ending without a reason."""
    source = opener()
    frames = list(source.frames())
    assert len(frames) == source.header.expected == 10
    assert all(one.pts < other.pts for one, other in pairwise(frames))
    assert {(frame.width, frame.height) for frame in frames} == {(64, 48)}
    assert (source.ending, source.ending_reason) == (Ending.COMPLETE, "")


@pytest.mark.parametrize("form", ["i420", "bgr"])
def test_the_same_pixels_each_time(opener: Opener, form: Pixels) -> None:
    """Reading a source twice, or a frame twice, gives the same bytes, and different frames differ."""
    once, again = ([pixels(frame, form) for frame in opener().frames()] for _ in range(2))
    assert once == again
    assert len(set(once)) == 10


@pytest.mark.parametrize("first", [0, 1, 9, 10, 11])
def test_resuming_skips_exactly(opener: Opener, first: int) -> None:
    """The frames from `first` on are those of a full reading; none are left past the end, which is complete."""
    whole = [(frame.pts, pixels(frame)) for frame in opener().frames()]
    source = opener()
    assert [(frame.pts, pixels(frame)) for frame in source.frames(first)] == whole[first:]
    assert source.ending is Ending.COMPLETE


def test_close_interrupts(opener: Opener) -> None:
    """After close, an iteration under way ends quietly as interrupted; a frame in hand stays readable."""
    source = opener()
    frames = source.frames()
    frame = next(frames)
    source.close()
    source.close()
    assert list(frames) == []
    assert source.ending is Ending.INTERRUPTED
    assert source.ending_reason
    assert any(pixels(frame))


def test_wrong_buffer_is_refused(opener: Opener) -> None:
    """A slot of another size is an error, not a partial write."""
    frame = next(iter(opener().frames()))
    with pytest.raises(ValueError, match="768 bytes"):
        frame.write_to(InputSpec("image", 32, 16, "i420", "BGR", "stretch"), np.empty(767, np.uint8))
