"""Files as sources: order, timestamps, rotation, damage, closing."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from common.errors import InputError
from common.job import InputSpec
from common.rows import Ending
from producer.media import MediaFrame, MediaSource, open_media

ClipMaker = Callable[..., Path]
Picture = NDArray[np.uint8]
SPEC = InputSpec("image", 32, 32, "bgr", "BGR", "stretch")


def read(path: Path, first: int = 0) -> tuple[MediaSource, list[MediaFrame]]:
    """Read a file to its end."""
    source = open_media(str(path), "s")
    frames = list(source.frames(first))
    source.close()
    return source, frames


def pixels(frame: MediaFrame) -> Picture:
    """The frame as BGR, 32 x 32."""
    out = np.empty(SPEC.nbytes, np.uint8)
    frame.write_to(SPEC, out)
    return out.reshape(SPEC.shape)


def test_presentation_order_with_b_frames(make_clip: ClipMaker) -> None:
    """Frames that are stored out of order come out in the order they are shown."""
    path = make_clip("a.mp4", frames=20, options={"bf": "3", "x264-params": "b-adapt=0"})
    source, frames = read(path)
    assert [frame.pts * source.header.time_base for frame in frames] == [Fraction(n, 25) for n in range(20)]
    assert source.ending is Ending.COMPLETE
    assert source.ending_reason == ""


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
def test_variable_rate_is_exact(name: str, make_clip: ClipMaker) -> None:
    """Uneven timestamps come out as they were written."""
    pts = [0, 40, 41, 500, 3000, 3001, 3500, 9000]
    source, frames = read(make_clip(name, frames=8, pts=pts))
    assert [frame.pts * source.header.time_base * 1000 for frame in frames] == pts


def test_a_file_that_begins_late_is_complete(make_clip: ClipMaker) -> None:
    """Its announced length counts from 0."""
    source, frames = read(make_clip("a.mkv", frames=5, pts=[5000, 5040, 5080, 5120, 5160]))
    assert frames[0].pts * source.header.time_base == 5
    assert (source.ending, source.ending_reason) == (Ending.COMPLETE, "")


def test_missing_timestamps_get_the_nominal_rate(make_clip: ClipMaker) -> None:
    """A raw stream without timestamps still has increasing ones, a frame apart."""
    source, frames = read(make_clip("a.h264", options={"bf": "0"}))
    times = np.diff([frame.pts for frame in frames]) * float(source.header.time_base)
    assert times == pytest.approx(1 / float(source.header.rate), rel=0.01)


@pytest.mark.parametrize("options", [{"bf": "3"}, {"bf": "3", "x264-params": "open-gop=1:keyint=6:min-keyint=6"}])
def test_resuming_is_exact_at_every_frame(make_clip: ClipMaker, options: dict[str, str]) -> None:
    """Also within B-frames, and where the frames before a key frame are shown after one that follows it."""
    path = make_clip("a.mkv", frames=20, options=options)
    _, all_frames = read(path)
    for first in range(1, len(all_frames) + 1):
        source, resumed = read(path, first=first)
        assert [frame.pts for frame in resumed] == [frame.pts for frame in all_frames[first:]]
        assert all((pixels(a) == pixels(b)).all() for a, b in zip(resumed, all_frames[first:], strict=True))
        assert source.ending is Ending.COMPLETE


def test_resuming_skips_exactly(make_clip: ClipMaker) -> None:
    """Frame n is the same frame, pixels and timestamp, whether read from the start or resumed at."""
    path = make_clip("a.mp4", frames=12, options={"bf": "2"})
    source, resumed = read(path, first=5)
    _, all_frames = read(path)
    assert [frame.pts for frame in resumed] == [frame.pts for frame in all_frames[5:]]
    assert (pixels(resumed[0]) == pixels(all_frames[5])).all()
    assert source.ending is Ending.COMPLETE


ONE = 1 << 16
TURNS: dict[str, tuple[list[int], Callable[[Picture], Picture]]] = {
    "90": ([0, -1, 0, 1, 0, 0], lambda p: np.rot90(p, 1)),
    "180": ([-1, 0, 0, 0, -1, 0], lambda p: np.rot90(p, 2)),
    "270": ([0, 1, 0, -1, 0, 0], lambda p: np.rot90(p, 3)),
    "mirrored": ([-1, 0, 0, 0, 1, 0], lambda p: p[:, ::-1]),
    "upside down": ([1, 0, 0, 0, -1, 0], lambda p: p[::-1]),
    "transposed": ([0, 1, 0, 1, 0, 0], lambda p: p.transpose(1, 0, 2)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_rotation_is_applied(turn: str, make_clip: ClipMaker, picture: Callable[..., Picture]) -> None:
    """A clip that is stored turned is seen, and measured, upright. Mean error admitted: 3 of 255, lossy coding."""
    matrix, apply = TURNS[turn]
    path = make_clip("a.mp4", frames=1, size=(96, 48), matrix=[*(ONE * m for m in matrix), 0, 0, 1 << 30])
    source, frames = read(path)
    upright = apply(picture(96, 48))
    assert (source.header.height, source.header.width) == upright.shape[:2]
    assert (frames[0].height, frames[0].width) == upright.shape[:2]
    want = cast("Picture", cv2.resize(np.ascontiguousarray(upright), (32, 32)))
    assert np.abs(pixels(frames[0]).astype(int) - want.astype(int)).mean() < 3


def test_size_may_change_in_mid_stream(make_clip: ClipMaker) -> None:
    """Each frame reports its own size; the header keeps the first."""
    small, large = make_clip("a.mpg", codec="mpeg2video"), make_clip("b.mpg", codec="mpeg2video", size=(96, 80))
    small.write_bytes(small.read_bytes() + large.read_bytes())
    source, frames = read(small)
    sizes = [(frame.width, frame.height) for frame in frames]
    assert (source.header.width, source.header.height) == sizes[0] == (64, 48)
    assert sizes[-1] == (96, 80)
    assert pixels(frames[-1]).shape == (32, 32, 3)


def test_memory_goes_with_its_frame(make_clip: ClipMaker) -> None:
    """Nothing is left for the garbage collector: until its next round a decoder would fill hundreds of megabytes."""
    source = open_media(str(make_clip("a.mp4", frames=40, options={"bf": "0"})), "s")
    before = frames_alive()
    gc.disable()
    try:
        for frame in islice(source.frames(), 30):
            pixels(frame)
        assert frames_alive() <= before + 4
    finally:
        gc.enable()
        source.close()


def frames_alive() -> int:
    """How many of libav's frames this process holds, those that only the garbage collector can end among them."""
    return sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())


def damaged(path: Path, *, zeroed: slice) -> Path:
    """Overwrite a range of a file with zeroes, in place."""
    data = bytearray(path.read_bytes())
    data[zeroed] = bytes(len(data[zeroed]))
    path.write_bytes(data)
    return path


def test_damage_is_incomplete_and_keeps_the_rest(make_clip: ClipMaker) -> None:
    """Zeroed bytes in an mp4 end as incomplete with the container's count; every other frame is kept."""
    path = make_clip("a.mp4", frames=100, size=(160, 120), options={"g": "10", "crf": "1"})
    middle = path.stat().st_size // 2
    source, frames = read(damaged(path, zeroed=slice(middle, middle + 8000)))
    assert source.ending is Ending.INCOMPLETE
    assert 80 < len(frames) < 100
    assert f"decoded {len(frames)} of 100 frames announced by the container" in source.ending_reason


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mkv", "libx264"), ("a.webm", "libvpx"), ("a.avi", "mpeg4"), ("a.flv", "libx264")],
)
def test_truncated_file_is_incomplete(name: str, codec: str, make_clip: ClipMaker) -> None:
    """A file that was cut in half never counts as complete, with or without a frame count in its container."""
    path = make_clip(name, codec=codec, frames=100, size=(160, 120), options={"g": "10"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    source, frames = read(path)
    assert 20 < len(frames) < 80
    assert source.ending is Ending.INCOMPLETE
    assert source.ending_reason


def test_file_of_which_nothing_can_be_decoded(make_clip: ClipMaker) -> None:
    """An intact header over ruined pictures is an input error."""
    path = make_clip("a.mp4")
    data = path.read_bytes()
    pictures = slice(data.index(b"mdat") + 4, data.index(b"moov") - 4)
    with pytest.raises(InputError, match="not one frame"):
        open_media(str(damaged(path, zeroed=pictures)), "s")


def test_close_from_another_thread(make_clip: ClipMaker) -> None:
    """A thread that decodes as fast as it can is stopped by another's close, without an error."""
    path = make_clip("a.m2v", codec="mpeg2video")
    path.write_bytes(path.read_bytes() * 2000)
    source = open_media(str(path), "s")
    begun, closing, failures = threading.Event(), threading.Event(), list[BaseException]()

    def iterate() -> None:
        try:
            for number, _ in enumerate(source.frames()):
                begun.set()
                if number == 10_000:  # half of it: on a busy machine it might be through before anybody closes it
                    closing.wait()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    thread = threading.Thread(target=iterate)
    thread.start()
    assert begun.wait(30)
    closing.set()
    source.close()
    thread.join(30)
    assert not thread.is_alive()
    assert not failures
    assert source.ending is Ending.INTERRUPTED


def test_decode_time_is_reported(make_clip: ClipMaker) -> None:
    """Every frame says how long it took to read and decode."""
    _, frames = read(make_clip("a.mp4"))
    assert all(frame.decode_us >= 0 for frame in frames)
    assert sum(frame.decode_us for frame in frames) > 0


@pytest.mark.assets
@pytest.mark.parametrize(
    ("name", "count", "step", "time_base"),
    [
        ("vtest.avi", 795, 1, Fraction(1, 10)),
        ("one-by-one-person-detection.mp4", 1394, 20_000, Fraction(1, 200_000)),
    ],
)
def test_known_clips(name: str, count: int, step: int, time_base: Fraction, assets: Path) -> None:
    """The reference clips give every frame with its exact timestamp."""
    source = open_media(str(assets / "videos" / name), "s")
    pts = [frame.pts for frame in source.frames()]
    source.close()
    assert pts == [step * number for number in range(count)]
    assert source.header.expected == count
    assert source.header.time_base == time_base
    assert source.header.rate == Fraction(10)
    assert source.ending is Ending.COMPLETE
