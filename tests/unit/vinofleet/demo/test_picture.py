"""One picture out of a run's video, chosen by its rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import pytest

from collector.score import Matches
from common.errors import OutputError
from vinofleet.demo.picture import Seen, best, save_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAMES = 40
SHADE_STEP = 5


class Lane:
    """A truth of people side by side: frame n has `counts[n]` of them."""

    def __init__(self, *counts: int) -> None:
        self._counts = counts

    def boxes(self, frame: int) -> NDArray[np.float32]:
        """See `common.truth.Truth`."""
        return np.array([[*box(index), 1.0] for index in range(self._counts[frame])], np.float32).reshape(-1, 5)


def box(index: int) -> tuple[float, float, float, float]:
    """The box of a person in the lane."""
    return (50.0 * index, 10.0, 50.0 * index + 30.0, 90.0)


def line(*found: tuple[int, float]) -> bytes:
    """A row that has found people by their index, each with a score; nobody stands at those that are not there."""
    detections = [{"box": box(index), "score": score, "label": "person"} for index, score in found]
    return json.dumps({"status": "ok", "detections": detections}).encode()


def test_the_best_frame_has_the_most_people_found() -> None:
    """One sure find is worth less than two."""
    lines = [line((0, 0.99)), line((0, 0.7), (1, 0.6)), line()]
    assert best(lines, Lane(2, 2, 2)) == Seen(1, Matches(2, 2, 0), float(np.float32(0.6)))


def test_who_is_made_up_does_not_make_a_frame_better() -> None:
    """Three boxes on two people are worth less than two, and two people of three less than all of two."""
    made_up = [line((0, 0.9), (1, 0.9), (5, 0.9)), line((0, 0.6), (1, 0.6))]
    assert best(made_up, Lane(2, 2)).number == 1
    assert best(made_up[1:] * 2, Lane(3, 2)).number == 1


def test_of_equals_the_surest_is_best() -> None:
    """By the score of the least sure find."""
    lines = [line((0, 0.9), (1, 0.6)), line((0, 0.8), (1, 0.7)), line((0, 0.9), (1, 0.5))]
    assert best(lines, Lane(2, 2, 2)).number == 1


def test_rows_without_a_result_have_found_nobody() -> None:
    """Also where there is nothing else."""
    failed = json.dumps({"status": "failed", "reason": "poison"}).encode()
    assert best([failed, line((0, 0.6)), failed], Lane(1, 1, 1)) == Seen(1, Matches(1, 1, 0), float(np.float32(0.6)))
    assert best([failed, line()], Lane(1, 1)).matches.found == 0


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
