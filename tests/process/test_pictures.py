"""Originals on their way to a collector that draws, in real processes."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from common.exits import Exit
from tests.process.roles import Shell, assert_conserved, until

pytestmark = pytest.mark.process

FRAMES = 40
SHADES = [2 + 5 * seq for seq in range(FRAMES)]
"""Of 255; none of them is the grey of the picture with which engines are tried, which the scripted engine knows."""
NEAR = 2.4


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A film that becomes lighter from frame to frame, 321x241: odd sides, unlike any picture."""
    path = tmp_path / "lighter.avi"
    with av.open(str(path), "w") as writing:
        stream = writing.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 321, 241, "yuvj444p"
        for shade in SHADES:
            pixels = np.full((241, 321, 3), shade, np.uint8)
            writing.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        writing.mux(stream.encode())
    return path


def shades(folder: Path) -> list[float]:
    """How light each picture is, at the lower right where nothing is drawn."""
    pictures = [cv2.imread(str(path)) for path in sorted(folder.glob("*.png"))]
    assert all(picture is not None and picture.shape == (241, 321, 3) for picture in pictures)
    return [float(picture[-40:, -40:].mean()) for picture in pictures if picture is not None]


EXPECTED = pytest.approx(SHADES, abs=NEAR)


@pytest.mark.parametrize("transport", ["auto", "inline"])
def test_each_frame_is_drawn_on_its_own_original(shell: Shell, clip: Path, transport: str) -> None:
    """In order, whether it lies in shared memory or is sent as JPEG; also frames without a result."""
    folder = shell.folder / "pictures"
    folder.mkdir()
    collector = shell.collector("--output", str(folder / "{stream}-{frame}.png"))
    # The engine reads numbers that only synthetic pictures carry: every frame fails, and none is hidden by boxes.
    producer = shell.producer(str(clip), "--model", "scripted://?service_ms=1", "--transport", transport)
    worker = shell.worker()
    assert [role.ends() for role in (collector, producer, worker)] == [Exit.INCOMPLETE, 0, 0], shell.roles
    assert_conserved(shell, FRAMES, ok=0)
    assert "picture" not in shell.report()["refused"]
    assert shades(folder) == EXPECTED


@pytest.mark.parametrize("transport", ["auto", "inline"])
def test_a_collector_that_is_killed_draws_the_rest(shell: Shell, clip: Path, transport: str) -> None:
    """The next one is sent the originals from where the outputs end, and none of what was drawn is drawn again."""
    folder = shell.folder / "pictures"
    folder.mkdir()
    output = str(folder / "{stream}-{frame}.png")
    first = shell.collector("--output", output)
    producer = shell.producer(str(clip), "--model", "scripted://?service_ms=20", "--transport", transport)
    worker = shell.worker()
    until(lambda: shell.written() >= FRAMES // 4)
    first.kill()
    assert 0 < shell.written() < FRAMES
    earlier = {path: path.stat().st_mtime_ns for path in sorted(folder.glob("*.png"))[: shell.written()]}
    collector = shell.collector("--output", output)
    assert [role.ends() for role in (collector, producer, worker)] == [Exit.INCOMPLETE, 0, 0], shell.roles
    assert_conserved(shell, FRAMES, ok=0)
    assert shades(folder) == EXPECTED
    assert {path: path.stat().st_mtime_ns for path in earlier} == earlier
