"""The head of a JPEG file: believed only where it is what an encoder of one plain picture writes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.jpeg import GREY, is_one_scan, jpeg_size
from tests.unit.collector.playbook import jpeg


def encoded(*options: int, kind: str = ".jpg", planes: int = 3) -> bytes:
    """A picture of 64x48 as OpenCV writes it."""
    pixels = np.random.default_rng(1).integers(0, 256, (48, 64, planes), np.uint8)
    data: bytes = cv2.imencode(kind, pixels, list(options))[1].tobytes()
    return data


@pytest.mark.parametrize(
    "options",
    [(), (cv2.IMWRITE_JPEG_QUALITY, 5), (cv2.IMWRITE_JPEG_OPTIMIZE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 4)],
)
def test_what_an_encoder_writes_is_understood(options: tuple[int, ...]) -> None:
    """Whatever its quality, tables and restart intervals."""
    data = encoded(*options)
    assert jpeg_size(data) == (64, 48)
    assert is_one_scan(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        encoded(kind=".png"),
        encoded(planes=1),
        encoded(cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        jpeg()[:12],
        b"\0" + jpeg(),
        jpeg()[:2] + b"\0" + jpeg()[2:],
        jpeg()[:2] + b"\xff\xe0\x00\x01" + jpeg()[2:],
        jpeg()[:2] + b"\xff\xda\x00\x02" + jpeg()[2:],
        jpeg()[:6] + b"\x0c" + jpeg()[7:],
    ],
    ids=["nothing", "png", "grey", "progressive", "torn", "late", "gap", "length", "scan first", "12 bits"],
)
def test_everything_else_is_none(data: bytes) -> None:
    """Nothing is guessed: what a decoder makes of it is not known before."""
    assert jpeg_size(data) is None


def test_grey_and_colour_are_told_apart() -> None:
    """Whoever wants one takes the other for no picture."""
    assert jpeg_size(encoded(planes=1), GREY) == (64, 48)
    assert jpeg_size(encoded(), GREY) is None


def test_several_scans_are_told() -> None:
    """Ten bytes more would cost a decoder a pass over all pixels each."""
    assert not is_one_scan(encoded(cv2.IMWRITE_JPEG_PROGRESSIVE, 1))


@given(data=st.binary(max_size=60), width=st.integers(1, 2**16 - 1), height=st.integers(1, 2**16 - 1))
def test_any_bytes_are_read_without_harm(data: bytes, width: int, height: int) -> None:
    """Before the head, and behind it, where nobody looks."""
    jpeg_size(b"\xff\xd8" + data)
    assert jpeg_size(jpeg(width, height) + data) == (width, height)
