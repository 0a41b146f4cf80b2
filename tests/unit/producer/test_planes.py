"""Pixels of every kind against the picture that they were made from.

The reference never goes through the code under test: the original BGR picture, resized by cv2. Mean error admitted: 2.5
of 255 (8-bit Y'CbCr both ways costs about 1.3); a wrong range, matrix or plane costs 5 and more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from common.job import InputSpec, Pixels
from producer.planes import render

Picture = NDArray[np.uint8]
MakePicture = Callable[..., Picture]

TOLERANCE = 2.5
SMALL = (96, 64)


def spec(width: int, height: int, pixels: Pixels = "i420") -> InputSpec:
    """A model input of this size."""
    return InputSpec("image", width, height, pixels, "BGR", "stretch")


def shown(frame: av.VideoFrame, want: InputSpec) -> Picture:
    """What a model would see, as BGR."""
    out = np.full(want.nbytes, 77, np.uint8)
    render(frame, want, out)
    if want.pixels == "bgr":
        return out.reshape(want.shape)
    return cast("Picture", cv2.cvtColor(out.reshape(want.shape), cv2.COLOR_YUV2BGR_I420))


def encoded(picture: Picture, pix_fmt: str, matrix: str = "ITU601", colour_range: str = "MPEG") -> av.VideoFrame:
    """A frame of this format, tagged so, that shows `picture`."""
    bgr = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "bgr24")
    return bgr.reformat(
        format=pix_fmt, src_color_range="JPEG", dst_colorspace=matrix, dst_color_range=colour_range, threads=1
    )


def error(got: Picture, want: Picture) -> float:
    """Mean absolute difference, of 255."""
    return float(np.abs(got.astype(int) - want.astype(int)).mean())


YUV = [
    "yuv420p",
    "yuvj420p",
    "yuv422p",
    "yuv444p",
    "yuv440p",
    "yuv410p",
    "yuv411p",
    "yuva420p",
    "nv12",
    "yuyv422",
    "uyvy422",
    "yuv420p10le",
    "yuv422p10le",
    "yuv444p12le",
    "yuv420p16le",
    "yuv420p10be",
    "p010le",
]
RGB = ["rgb24", "bgr0", "rgba", "gbrp", "gbrp10le", "rgb48le", "rgb565le"]
GREY = ["gray", "gray10le", "ya8"]


@pytest.mark.parametrize("size", [(192, 128), (191, 127)], ids=["even", "odd"])
@pytest.mark.parametrize("colour_range", ["MPEG", "JPEG"])
@pytest.mark.parametrize("matrix", ["ITU601", "ITU709", "BT2020"])
@pytest.mark.parametrize("pix_fmt", YUV)
def test_ycbcr(pix_fmt: str, matrix: str, colour_range: str, size: tuple[int, int], picture: MakePicture) -> None:
    """Any subsampling, depth, order, matrix and range comes out as the same colours."""
    original = picture(*size)
    got = shown(encoded(original, pix_fmt, matrix, colour_range), spec(*SMALL))
    assert error(got, cast("Picture", cv2.resize(original, SMALL))) < TOLERANCE


@pytest.mark.parametrize("size", [(192, 128), (191, 127)], ids=["even", "odd"])
@pytest.mark.parametrize("pix_fmt", RGB)
def test_rgb(pix_fmt: str, size: tuple[int, int], picture: MakePicture) -> None:
    """R'G'B' in any order comes out as the same colours; alpha is ignored."""
    original = picture(*size)
    got = shown(encoded(original, pix_fmt, colour_range="JPEG"), spec(*SMALL))
    assert error(got, cast("Picture", cv2.resize(original, SMALL))) < TOLERANCE


@pytest.mark.parametrize("pix_fmt", GREY)
def test_grey(pix_fmt: str, picture: MakePicture) -> None:
    """Grey has the luma of the original and no colour."""
    original = picture(192, 128)
    got = shown(encoded(original, pix_fmt, colour_range="JPEG"), spec(*SMALL))
    luma = cv2.cvtColor(cv2.resize(original, SMALL), cv2.COLOR_BGR2GRAY)
    assert error(got, cast("Picture", cv2.cvtColor(luma, cv2.COLOR_GRAY2BGR))) < TOLERANCE


def test_palette() -> None:
    """A palette picture comes out in the palette's colours."""
    frame = av.VideoFrame(64, 48, "pal8")
    index, palette = (np.frombuffer(cast("memoryview", plane), np.uint8) for plane in frame.planes)
    index[:] = 5
    palette.reshape(256, 4)[:] = 0
    palette.reshape(256, 4)[5] = (200, 60, 30, 255)
    assert np.abs(shown(frame, spec(32, 24)).astype(int) - (200, 60, 30)).max() <= 4


def test_hot_path_is_cv2_on_the_decoders_planes(picture: MakePicture) -> None:
    """An 8-bit 4:2:0 frame is exactly its three planes, each resized; padding of lines does not leak in."""
    frame = encoded(picture(190, 126), "yuv420p")
    assert frame.planes[0].line_size > 190
    want = spec(*SMALL)
    out = np.empty(want.nbytes, np.uint8)
    render(frame, want, out)
    planes = np.split(cast("Picture", frame.to_ndarray(format="yuv420p")).reshape(-1), [190 * 126, 190 * 126 * 5 // 4])
    sizes = [((126, 190), SMALL), ((63, 95), (48, 32)), ((63, 95), (48, 32))]
    expected = [cv2.resize(plane.reshape(shape), small) for plane, (shape, small) in zip(planes, sizes, strict=True)]
    assert (out == np.concatenate([plane.reshape(-1) for plane in expected])).all()


@pytest.mark.parametrize("size", [(96, 64), (300, 300), (95, 64), (96, 63), (33, 21)])
def test_bgr_of_any_size(size: tuple[int, int], picture: MakePicture) -> None:
    """B, G, R pixels come out at even and odd sizes."""
    original = picture(192, 128)
    got = shown(encoded(original, "yuv420p"), spec(*size, "bgr"))
    assert error(got, cast("Picture", cv2.resize(original, size))) < TOLERANCE


@pytest.mark.parametrize("size", [(2, 2), (640, 480)], ids=["tiny", "enlarged"])
def test_extreme_sizes(size: tuple[int, int], picture: MakePicture) -> None:
    """The smallest input and an enlargement are right too."""
    original = picture(64, 48)
    got = shown(encoded(original, "yuv444p"), spec(*size))
    # At 2x2 one chroma sample stands for the whole picture, so only its mean can be compared.
    want = cast("Picture", cv2.resize(original, size))
    assert abs(float(got.mean()) - float(want.mean())) < TOLERANCE
    assert size == (2, 2) or error(got, want) < TOLERANCE


@pytest.mark.parametrize(
    "out",
    [np.empty(10, np.uint8), np.empty(2 * 9216, np.uint8)[::2], np.empty(9216, np.int8), np.empty((96, 96), np.uint8)],
    ids=["short", "strided", "signed", "shaped"],
)
def test_unfit_buffer_is_refused(out: Picture, picture: MakePicture) -> None:
    """What cannot be written in place is an error, never a silent copy."""
    with pytest.raises(ValueError, match="9216 bytes"):
        render(encoded(picture(64, 48), "yuv420p"), spec(*SMALL), out)


def test_source_is_not_changed(picture: MakePicture) -> None:
    """A frame may be rendered again and gives the same pixels, in place conversions included."""
    frame = encoded(picture(96, 64), "yuv420p", "ITU709", "JPEG")
    assert (shown(frame, spec(*SMALL)) == shown(frame, spec(*SMALL))).all()
