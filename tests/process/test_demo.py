"""`vinofleet demo`: real processes, the real street and the embedded model, from one command to a picture.

Nothing here is skipped where the model is missing: an installation without it has no demo, and fails.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import pytest

from common.exits import Exit
from common.street import Scene
from producer.street import StreetPainter
from tests.process.roles import Role, Shell, assert_conserved, until

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(180)]

FRAMES = 200
GOOD = 0.9
"""Precision and recall that the demo must reach."""


class DemoShell(Shell):
    """A user whose outputs are the demo's."""

    def demo(self, *arguments: str) -> Role:
        """Start it."""
        return self.run("demo", str(self.folder), *arguments)

    @property
    def jsonl(self) -> bytes:
        """See `Shell.jsonl`."""
        path = self.folder / "demo.jsonl"
        return path.read_bytes() if path.exists() else b""

    @property
    def report_file(self) -> Path:
        """See `Shell.report_file`."""
        return self.folder / "demo-report.json"

    def boxes(self, number: int) -> list[list[float]]:
        """What was found in a frame."""
        return [detection["box"] for detection in self.rows()[number]["detections"]]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DemoShell, Role]]:
    """A demo that has ended well."""
    user = DemoShell(tmp_path_factory.mktemp("demo"))
    ran = user.demo("--frames", str(FRAMES))
    try:
        assert ran.ends() == Exit.OK, ran
        yield user, ran
    finally:
        user.close()


def test_every_frame_is_in_the_rows_and_in_the_video(shown: tuple[DemoShell, Role]) -> None:
    """Once and in order, as the summary says; the page is there too."""
    user, ran = shown
    assert_conserved(user, FRAMES)
    assert f"captured {FRAMES} = ok {FRAMES} + failed 0 + dropped 0\n" in ran.text
    assert len(frames_of(user)) == FRAMES
    assert (user.folder / "demo-report.html").stat().st_size


def test_most_people_are_found_and_little_else(shown: tuple[DemoShell, Role]) -> None:
    """Compared with what was drawn, in every frame; the same figures for people."""
    user, ran = shown
    score = user.report()["score"]
    assert score["compared"] == FRAMES
    assert score["precision"] >= GOOD, score
    assert score["recall"] >= GOOD, score
    assert any(line.startswith("score at IoU 0.5: precision ") for line in ran.text), ran


def test_the_picture_shows_boxes_where_people_were_found(shown: tuple[DemoShell, Role]) -> None:
    """It is that frame of the video which the command names, and away from boxes it is the street as it was drawn."""
    user, ran = shown
    told = re.findall(r"demo\.png, which is its frame ([0-9]+): ([0-9]+) of ([0-9]+) people found", "".join(ran.text))
    number, found, there = map(int, told[0])
    boxes = user.boxes(number)
    assert len(boxes) >= found >= 0.75 * there > 2
    picture = cv2.imread(str(user.folder / "demo.png"))
    assert picture is not None
    assert (picture == frames_of(user)[number]).all()
    height, width = picture.shape[:2]
    people, seed = map(int, re.findall(r"(?:people|seed)=([0-9]+)", user.report()["streams"][0]["source"]))
    street = StreetPainter(Scene(people, width, height, Fraction(25), seed)).bgr(number)
    changed = np.abs(picture.astype(int) - street).max(axis=2) > 50
    lines = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8))  # they lie on even pixels
    shares = [lines[y1:y2, x].mean() for x, y1, y2 in sides(boxes, height, width)]
    assert len(shares) >= len(boxes)
    assert min(shares) > 0.9
    assert changed[~near(boxes, height, width)].mean() < 0.02


def frames_of(user: DemoShell) -> list[Pixels]:
    """All of the video."""
    with av.open(user.folder / "demo.mp4") as video:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in video.decode(video=0)]


def sides(boxes: list[list[float]], height: int, width: int) -> list[tuple[int, int, int]]:
    """Left and right sides of boxes, as far as they are in the picture: x, and y from and to."""
    return [
        (round(x), max(round(y1), 0), min(round(y2), height))
        for x1, y1, x2, y2 in boxes
        for x in (x1, x2)
        if 2 <= x <= width - 2
    ]


def near(boxes: list[list[float]], height: int, width: int) -> NDArray[np.bool_]:
    """Where a box, its tag or the rate may be drawn."""
    covered = np.zeros((height, width), bool)
    covered[:60, :200] = True
    for x1, y1, x2, y2 in boxes:
        covered[max(int(y1) - 40, 0) : int(y2) + 40, max(int(x1) - 140, 0) : int(x2) + 140] = True
    return covered


def test_ctrl_c_ends_it_without_a_picture(tmp_path: Path) -> None:
    """As it ends a run: what was written opens and is whole; nothing is promised."""
    user = DemoShell(tmp_path)
    try:
        (tmp_path / "demo.png").touch()
        ran = user.demo("--frames", "100000")
        until(lambda: user.written() >= 5)
        ran.signal(signal.SIGINT)
        assert ran.ends() == Exit.INTERRUPTED, ran
    finally:
        user.close()
    assert not any("Traceback" in line or "Next" in line for line in ran.text), ran
    assert not (tmp_path / "demo.png").exists()
    rows = user.rows()
    assert [row["frame"] for row in rows] == list(range(len(rows)))
    assert len(frames_of(user)) == len(rows)
