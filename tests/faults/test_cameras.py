"""A real RTSP server, killed and brought back with another resolution while a run goes on."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest

from tests.process.roles import ROOT, Shell

pytestmark = [pytest.mark.faults, pytest.mark.process, pytest.mark.usefixtures("rtsp_tools")]

SLOW: Final = "scripted://?service_ms=200&requests=1&unnumbered=1"


class Camera:
    """GStreamer's RTSP server.

    Args:
        folder: gets its pictures.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None
        for number in range(1, 21):
            picture = np.full((240, 320, 3), 10 * number, np.uint8)
            cv2.imwrite(str(folder / f"{number:05d}.jpg"), picture)

    @property
    def address(self) -> str:
        """With a password, which must not be found anywhere."""
        return f"rtsp://somebody:secret@127.0.0.1:{self._port}/street"

    def start(self, size: str) -> None:
        """Serve pictures of this size, 10 a second, at the same port as before."""
        script = str(ROOT / "tests/process/rtsp_server.py")
        words = ["/usr/bin/python3", script, str(self._folder), size, "10", self._port]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._port = self._process.stdout.readline().strip()
        assert self._port

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera]:
    """A camera that serves 320x240."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    made = Camera(folder)
    made.start("320x240")
    yield made
    made.kill()
    shutil.rmtree(folder)


def test_a_camera_goes_away_and_comes_back_with_another_size(shell: Shell, camera: Camera) -> None:
    """The stream goes on, each frame is counted, the gap is in the timestamps and in the report."""
    options = ("--policy", "freshest", "--read-timeout", "3", "--open-timeout", "60")
    collector, producer, worker = (
        shell.collector(),
        shell.producer(camera.address, "--model", SLOW, *options),
        shell.worker(),
    )
    shell.reaches(20)
    camera.kill()
    producer.says("stream street: .*; connecting again")
    camera.start("160x120")
    producer.says(r"stream street is back after \d+\.\d s, now 160x120")
    shell.reaches(shell.written() + 20)
    producer.signal(signal.SIGINT)
    producer.ends()
    collector.ends()
    worker.ends()
    report, rows = shell.report(), shell.rows()
    (stream,) = report["streams"]
    assert [row["frame"] for row in rows] == list(range(stream["frames"]["captured"]))
    assert {row["status"] for row in rows} == {"ok", "dropped"}
    assert stream["outages"]["count"] == 1
    times = [row["pts"] for row in rows]
    gap_s = max(later - earlier for earlier, later in pairwise(times))
    assert gap_s == pytest.approx(stream["outages"]["total_s"], abs=3.5)
    told = "".join((*collector.text, *producer.text, shell.report_file.read_text()))
    assert "secret" not in told
