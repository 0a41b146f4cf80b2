"""Frames of a source as one process reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from common.errors import InputError
from tests.process.media import clip
from vinofleet.compare.frames import bgr_frames

STREET = "synthetic://street?frames=5&size=64x48"


def test_frames_are_the_first_ones_at_their_own_size() -> None:
    """As many as are asked for, or as there are."""
    assert [frame.shape for frame in bgr_frames(STREET, 0, 2)] == [(48, 64, 3)] * 2
    assert len(list(bgr_frames(STREET, 0, 50))) == 5


@pytest.mark.parametrize("file", [False, True])
def test_frames_that_are_left_out_come_before_the_others(tmp_path: Path, *, file: bool) -> None:
    """Of a file that OpenCV reads, and of a source that it does not."""
    source = str(clip(tmp_path / "clip.mp4", 5)) if file else STREET
    everything = list(bgr_frames(source, 0, 5))
    assert [np.array_equal(*pair) for pair in zip(bgr_frames(source, 2, 2), everything[2:4], strict=True)] == [True] * 2
    assert list(bgr_frames(source, 5, 2)) == []


def test_a_file_that_opencv_cannot_read_is_an_input_error(tmp_path: Path) -> None:
    """And not a video without frames."""
    (tmp_path / "clip.mp4").write_bytes(b"nothing")
    with pytest.raises(InputError, match="OpenCV cannot read"):
        next(bgr_frames(str(tmp_path / "clip.mp4"), 0, 1))
