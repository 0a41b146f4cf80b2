"""One frame in, one sample out."""

from __future__ import annotations

from fractions import Fraction
from typing import NoReturn

import av
import pytest
from av.error import FFmpegError

from collector import encoder
from collector.encoder import Encoder, check_encoder, sane_rate
from common.errors import OutputError
from tests.unit.collector.videos import canvas


def test_each_frame_is_a_sample_at_once() -> None:
    """Nothing is held back; decoding can begin at the first and each two seconds later."""
    made = Encoder("clip", 32, 16, Fraction(2))
    assert [made.encode(canvas(number)).key for number in range(9)] == [True, *[False] * 3] * 2 + [True]


def test_a_sample_is_units_behind_their_lengths() -> None:
    """Lengths lead from one unit to the next and end where the sample ends."""
    data = Encoder("clip", 32, 16, Fraction(10)).encode(canvas(0)).data
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        assert size > 0
        at += 4 + size
    assert at == len(data)


def test_equal_settings_give_equal_parameter_sets() -> None:
    """A second encoder can continue the first one's file."""
    one, other = (Encoder(name, 32, 16, Fraction(30000, 1001)) for name in ("a", "b"))
    assert (one.sps, one.pps) == (other.sps, other.pps)


def test_the_canvas_is_not_needed_after_the_return() -> None:
    """Whatever is drawn on it next does not show."""
    one, other = (Encoder("clip", 32, 16, Fraction(10)) for _ in range(2))
    shared = canvas(0).copy()
    one.encode(shared)
    shared[:] = canvas(1)
    assert one.encode(shared) == [other.encode(canvas(number)) for number in range(2)][1]


@pytest.mark.parametrize("size", [(33, 17), (16384, 16384)])
def test_a_size_that_the_encoder_refuses_is_one_error(size: tuple[int, int]) -> None:
    """The stream is named, and what else can be done; libav has no frame at all of the largest size."""
    what = f"clip cannot be encoded as {size[0]}x{size[1]} H.264 .*: write pictures instead"
    with pytest.raises(OutputError, match=what):
        Encoder("clip", *size, Fraction(10))


def test_a_missing_encoder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found out before anything is written."""
    monkeypatch.setattr(av, "codecs_available", {"mpeg4"})
    with pytest.raises(OutputError, match=r"mp4 needs the encoder libx264, which this PyAV's FFmpeg does not have"):
        check_encoder()


def test_the_encoder_is_there() -> None:
    """PyAV's own wheels have it, so that mp4 is not tested in vain."""
    check_encoder()


def test_an_encoder_that_fails_is_one_error() -> None:
    """What libav says stands in it."""
    made = Encoder("clip", 32, 16, Fraction(10))
    made._context = Broken()  # type: ignore[assignment]
    with pytest.raises(OutputError, match=r"clip: a frame cannot be encoded \(Input/output error\)"):
        made.encode(canvas(0))


class Broken:
    """A libav encoder that fails."""

    def encode(self, frame: av.VideoFrame) -> NoReturn:
        """Take nothing."""
        raise FFmpegError(5, "Input/output error", repr(frame))


def test_an_encoder_that_holds_frames_back_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file must not lag behind its rows without anybody knowing."""
    monkeypatch.setattr(encoder, "_OPTIONS", {"preset": "veryfast"})
    made = Encoder("clip", 32, 16, Fraction(10))
    with pytest.raises(OutputError, match="libx264 gave 0 packets for a frame"):
        made.encode(canvas(0))


@pytest.mark.parametrize(
    ("claimed", "rate"),
    [
        (Fraction(0), Fraction(25)),
        (Fraction(10**9), Fraction(25)),
        (Fraction(1, 10**9), Fraction(25)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        (Fraction(2**60 + 1, 2**56), Fraction(16)),
    ],
)
def test_a_rate_that_no_video_has_is_replaced(claimed: Fraction, rate: Fraction) -> None:
    """Containers claim what they like; libav's rates have 32 bits."""
    assert sane_rate(claimed) == rate
