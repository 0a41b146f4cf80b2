"""What a window says and how large it is; that it is there is a matter of tests/process."""

from __future__ import annotations

import socket

import cv2
import numpy as np
import pytest

from collector import window
from collector.shown import Figures, Shown
from collector.window import HEIGHT, WIDTH, initial_size, is_end, title


def figures(name: str, state: str, fps: float) -> Figures:
    """How a stream is."""
    return Figures(name, state, 64, 48, 0, 1, 0, 0, fps)


def test_the_title_has_stream_and_rate() -> None:
    """Of several that run their number and the sum; of those that have ended only where none runs."""
    assert title([]) == "vinofleet: waiting for frames"
    assert title([figures("a", "complete", 0.0), figures("b", "running", 24.94)]) == "vinofleet: b, 24.9 FPS"
    assert title([figures("a", "running", 10.0), figures("b", "running", 5.5)]) == "vinofleet: 2 streams, 15.5 FPS"
    assert title([figures("a", "complete", 0.0)]) == "vinofleet: a, 0.0 FPS"


@pytest.mark.parametrize(
    ("frame", "streams", "expected"),
    [((640, 480), 1, (640, 480)), ((3840, 2160), 1, (1280, 720)), ((640, 480), 2, (WIDTH, HEIGHT))],
)
def test_a_new_window_fits_on_a_screen(frame: tuple[int, int], streams: int, expected: tuple[int, int]) -> None:
    """As large as the picture, where that fits."""
    assert initial_size(Shown("a", 0, *frame, np.zeros((3, 2), np.uint8)), streams) == expected


@pytest.mark.parametrize(
    ("key", "ends"),
    [(0x1B, True), (0x71, True), (0x51, True), (0x100071, True), (-1, False), (0x73, False), (0xFF51, False)],
)
def test_esc_and_q_end_the_run(key: int, ends: bool) -> None:  # noqa: FBT001
    """Whatever lock is on; no key, another one, and the left arrow do not."""
    assert is_end(key) is ends


def test_opencv_without_windows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With both ways out."""
    said: list[tuple[object, ...]] = []

    class Desk:
        def __init__(self, link: socket.socket) -> None:
            del link

        def say(self, *fields: object) -> None:
            said.append(fields)

    monkeypatch.setattr(window, "Desk", Desk)
    monkeypatch.setattr(cv2, "currentUIFramework", str)
    with socket.socket() as link:
        window.main(link)
    remedy = "give --serve in its place, or install opencv-python"
    assert said == [("failed", "this OpenCV has no windows (opencv-python-headless)", remedy, "OUTPUT")]
