"""One picture out of a run's video, chosen by its rows."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import OutputError
from vinofleet.demo.picture import fullest, save_frame

FRAMES = 40
SHADE_STEP = 5


def line(*scores: float) -> bytes:
    """A row with so many detections."""
    return json.dumps({"status": "ok", "detections": [{"score": score} for score in scores]}).encode()


def test_the_fullest_frame_has_the_most_detections_and_of_several_the_surest() -> None:
    """A single sure one does not win, nor one that is sure of all but one."""
    assert fullest([line(0.99), line(0.9, 0.6), line(0.8, 0.7), line(0.9, 0.5)]) == (2, 2)


def test_rows_without_a_result_have_no_detections() -> None:
    """Also where there is nothing else."""
    failed = json.dumps({"status": "failed", "reason": "poison"}).encode()
    assert fullest([failed, line(0.6), failed]) == (1, 1)
    assert fullest([failed, line()])[1] == 0


@given(st.lists(st.lists(st.floats(0, 1), max_size=4), min_size=1))
def test_no_frame_beats_the_fullest(rows: list[list[float]]) -> None:
    """In number, or with as many in the least score."""
    number, count = fullest(line(*row) for row in rows)
    assert len(rows[number]) == count
    assert all((len(row), min(row, default=0)) <= (count, min(rows[number], default=0)) for row in rows)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that becomes lighter by `SHADE_STEP` of 219 a frame; most frames depend on others."""
    path = tmp_path_factory.mktemp("film") / "lighter.mp4"
    with av.open(str(path), "w") as writing:
        stream = writing.add_stream("libx264", rate=25, options={"g": "15", "bf": "2", "crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(FRAMES):
            planes = np.full((72, 64), 128, np.uint8)
            planes[:48] = 16 + number * SHADE_STEP
            writing.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        writing.mux(stream.encode())
    return path


@pytest.mark.parametrize("number", [0, 1, 14, 15, 22, FRAMES - 1])
def test_the_picture_is_the_frame_of_that_number(video: Path, tmp_path: Path, number: int) -> None:
    """Key frame or not, first or last; what was there is replaced."""
    picture = tmp_path / "demo.png"
    picture.write_text("an earlier one")
    save_frame(video, number, picture)
    pixels = cv2.imread(str(picture))
    assert pixels is not None
    assert pixels.shape == (48, 64, 3)
    assert pixels.mean() * 219 / 255 == pytest.approx(number * SHADE_STEP, abs=SHADE_STEP / 2 - 0.1)


def test_a_picture_that_cannot_be_written_is_one_line(video: Path, tmp_path: Path) -> None:
    """With the operating system's reason."""
    with pytest.raises(OutputError, match=r"demo\.png cannot be written \(Is a directory\)"):
        save_frame(video, 0, _folder(tmp_path / "demo.png"))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
