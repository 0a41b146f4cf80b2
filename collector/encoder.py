"""H.264 from I420 canvases: one frame in, one sample out, nothing held back.

The only user of libav's encoders. Guarantees that each sample is whole when `encode` returns, that the first is a key
frame, and that equal settings give equal parameter sets, so that a second encoder can continue a first one's file.
What this file does not know: files, time stamps (frames are counted; the file says when they are shown).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

import av
import numpy as np
from av.codec.context import Flags
from av.error import FFmpegError

from common.errors import OutputError

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.plane import VideoPlane
    from numpy.typing import NDArray

CODEC: Final = "libx264"

ASSUMED_RATE: Final = Fraction(25)
"""Frames a second where the stream's header says nothing, or nothing that a video can have."""

_RATES: Final = (Fraction(1, 100), Fraction(1000))
_KEY_FRAME_EACH_S: Final = 2
_OPTIONS: Final = {"preset": "ultrafast", "crf": "23", "tune": "zerolatency"}

_LIMITED: Final = 1
_BT709: Final = 1
_BT601: Final = 6
"""libav's numbers, the second and third also H.273's. Pictures keep the primaries of their source, which are most often
BT.709's, and have the matrix of BT.601."""

_INSTEAD: Final = "write pictures instead: a name with {frame} that ends in .jpg"

_GET_IT: Final = f"install PyAV from its own wheels, or {_INSTEAD}"

_SPS: Final = 7
_PPS: Final = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One coded frame.

    Attributes:
        data: NAL units, each behind its length in 4 bytes.
        key: whether decoding can begin here.
    """

    data: bytes
    key: bool


def check_encoder() -> None:
    """Find out whether the encoder is there.

    Raises:
        OutputError: it is not, naming it.
    """
    if CODEC not in av.codecs_available:
        raise OutputError(f"mp4 needs the encoder {CODEC}, which this PyAV's FFmpeg does not have", _GET_IT)


def sane_rate(rate: Fraction) -> Fraction:
    """The frames a second that a video is made with, from a header's claim."""
    low, high = _RATES
    return rate.limit_denominator(100_000) if low <= rate <= high else ASSUMED_RATE


class Encoder:
    """An encoder of one stream.

    Attributes:
        sps, pps: H.264 parameter sets without start codes.

    Args:
        stream: its name, for messages.
        width, height: of the canvases in pixels, both even.
        rate: frames a second, see `sane_rate`.

    Raises:
        OutputError: the encoder refuses the size.
    """

    def __init__(self, stream: str, width: int, height: int, rate: Fraction) -> None:
        self._stream = stream
        self._count = 0
        try:
            self._frame = av.VideoFrame(width, height, "yuv420p")
            self._context = opened_codec(width, height, rate)
        except FFmpegError as error:
            what = f"{stream} cannot be encoded as {width}x{height} H.264 ({error.strerror})"
            raise OutputError(what, _INSTEAD) from error
        self._planes = [_samples(plane) for plane in self._frame.planes]
        units = _units(self._context.extradata or b"")
        self.sps, self.pps = (next(unit for unit in units if unit[0] & 0x1F == kind) for kind in (_SPS, _PPS))

    def encode(self, canvas: NDArray[np.uint8]) -> Sample:
        """Code one frame.

        Args:
            canvas: uint8 [3/2 height, width], I420, C-contiguous; only read, and not after the return.

        Raises:
            OutputError: the encoder failed, or held the frame back.
        """
        height, half = self._frame.height, (self._frame.height // 2, self._frame.width // 2)
        parts = canvas[:height], *canvas[height:].reshape(2, *half)
        for plane, part in zip(self._planes, parts, strict=True):
            np.copyto(plane, part)
        self._frame.pts = self._count
        try:
            packets = self._context.encode(self._frame)
        except FFmpegError as error:
            raise OutputError(f"{self._stream}: a frame cannot be encoded ({error.strerror})", _INSTEAD) from error
        if len(packets) != 1:
            raise OutputError(f"{self._stream}: {CODEC} gave {len(packets)} packets for a frame", _INSTEAD)
        self._count += 1
        units = _units(bytes(packets[0]))
        return Sample(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units), packets[0].is_keyframe)


def _samples(plane: VideoPlane) -> NDArray[np.uint8]:
    """A view of what libav reads, without the padding of its lines.

    One frame serves all pictures, because a new one costs 0.7 ms at 768x576 and 2.3 ms at 1920x1080 (fresh memory),
    and a view of the canvas as libav's frame fails where chroma has one line.
    """
    lines = np.frombuffer(cast("memoryview", plane), np.uint8).reshape(plane.height, plane.line_size)
    return lines[:, : plane.width]


def opened_codec(width: int, height: int, rate: Fraction) -> VideoCodecContext:
    """The encoder of libav as `Encoder` sets it, which `bench/outputs.py` measures alone.

    Raises:
        FFmpegError: it refuses the size.
    """
    context = av.CodecContext.create(CODEC, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate, context.time_base = rate, 1 / rate
    context.options = _OPTIONS
    context.max_b_frames = 0
    context.gop_size = max(1, round(_KEY_FRAME_EACH_S * rate))
    context.thread_count = 1
    context.flags |= int(Flags.global_header)
    context.color_range, context.colorspace = _LIMITED, _BT601
    context.color_primaries = context.color_trc = _BT709
    context.open()
    return context


def _units(annex_b: bytes) -> list[bytes]:
    """The NAL units between start codes (ITU-T H.264 annex B); none ends with a zero byte, so zeros are padding."""
    return [unit for piece in annex_b.split(b"\0\0\1") if (unit := piece.rstrip(b"\0"))]
