"""Originals as JPEG files."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from common import limits
from producer.jpeg import encode_jpeg


def test_a_file_holds_the_picture() -> None:
    """Of the same size and, within its quality, the same colours."""
    wanted = np.zeros((48, 64, 3), np.uint8)
    wanted[:, :32] = (200, 60, 20)
    wanted[:, 32:] = (30, 90, 220)
    planes = np.asarray(cv2.cvtColor(wanted, cv2.COLOR_BGR2YUV_I420), np.uint8).reshape(-1)
    found = cv2.imdecode(np.frombuffer(encode_jpeg(planes, 64, 48), np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    assert found.shape == (48, 64, 3)
    assert np.abs(found[:, 4:28].astype(int) - wanted[:, 4:28]).max() <= 6
    assert np.abs(found[:, 36:60].astype(int) - wanted[:, 36:60]).max() <= 6


def test_a_file_that_is_too_long_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collector would not take it."""
    monkeypatch.setattr(limits, "PICTURE_MAX_BYTES", 100)
    with pytest.raises(ValueError, match="no JPEG of up to 100 bytes"):
        encode_jpeg(np.zeros(64 * 48 * 3 // 2, np.uint8), 64, 48)


def test_what_cannot_be_encoded_is_said_in_words() -> None:
    """Not as an error of the library."""
    with pytest.raises(ValueError, match="cv2 cannot encode it"):
        encode_jpeg(np.zeros(3, np.uint8), 1, 2)
