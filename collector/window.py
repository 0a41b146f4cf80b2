"""The process that owns the window of `--show`: it draws what it is told, and says when the user closes it.

A program of its own (`python -m collector.window DESCRIPTOR`), because a toolkit wants the first thread, aborts its
process where there is no screen, and hangs where the screen does. It lives as long as its end of the link has another.
What this file does not know: frames, runs, and who listens.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from collector.mosaic import Mosaic
from collector.shown import Figures, Shown
from collector.viewer_link import PIXELS_MAX_BYTES, figures_of, message, picture_of, receive

WINDOW: Final = "vinofleet"

WIDTH: Final = 1280
HEIGHT: Final = 720
"""A new window is no larger than this, so that it fits on a screen; the user may make it so."""

TURN_MS: Final = 20
"""How long to wait for a key before looking whether there is a new picture."""

_ENDS: Final = {0x1B, ord("q"), ord("Q")}
"""Keys that end the run; 0x1b is ESC."""

NICE: Final = 5
"""How much this yields to those who compute what is to be seen."""

HEADLESS: Final = "this OpenCV has no windows (opencv-python-headless)"


class Desk:
    """What has come over the link and is not shown yet; filled by a thread of its own."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._lock = threading.Lock()
        self._pictures: list[Shown] = []
        self._figures: list[Figures] = []
        # A daemon that ends the process when the link does, wherever the toolkit may be hanging then.
        threading.Thread(target=self._listen, name="link", daemon=True).start()

    def take(self) -> tuple[list[Shown], list[Figures]]:
        """Take the pictures that have come, and the newest figures, which stay."""
        with self._lock:
            pictures, self._pictures = self._pictures, []
            return pictures, self._figures

    def say(self, *fields: object) -> None:
        """Tell the collector."""
        self._link.sendall(message(*fields))

    def _listen(self) -> None:
        try:
            while (heard := receive(self._link, PIXELS_MAX_BYTES)) is not None:
                word, fields, pixels = heard
                with self._lock:
                    if word == "picture":
                        self._pictures.append(picture_of(fields, pixels))
                    else:
                        self._figures = figures_of(fields)
        finally:
            os._exit(0)


def title(figures: Sequence[Figures]) -> str:
    """What stands above the window."""
    running = [each for each in figures if each.state == "running"] or list(figures)
    if not running:
        return f"{WINDOW}: waiting for frames"
    whose = running[0].stream if len(running) == 1 else f"{len(running)} streams"
    return f"{WINDOW}: {whose}, {sum(each.fps for each in running):.1f} FPS"


def initial_size(picture: Shown, streams: int) -> tuple[int, int]:
    """A new window's width and height: those of the one picture, as far as it fits; all that fits for several."""
    if streams > 1:
        return WIDTH, HEIGHT
    scale = min(1.0, WIDTH / picture.width, HEIGHT / picture.height)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def is_end(key: int) -> bool:
    """Whether a key ends the run; as `waitKeyEx` has it, for in the one byte of `waitKey` the left arrow is a Q."""
    return key & 0xFFFF in _ENDS


class Window:
    """The window."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._mosaic = Mosaic()
        self._sized_for = 0
        self._title = ""
        cv2.namedWindow(WINDOW, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(WINDOW, WIDTH // 2, HEIGHT // 2)
        cv2.imshow(WINDOW, np.zeros((HEIGHT // 2, WIDTH // 2, 3), np.uint8))
        cv2.waitKey(1)

    def turn(self) -> bool:
        """Show what has come, and wait a little; False once the user wants to end."""
        pictures, figures = self._desk.take()
        if (text := title(figures)) != self._title:
            self._title = text
            cv2.setWindowTitle(WINDOW, text)
        if pictures:
            self._show(pictures, figures)
            self._desk.say("took")
        return not is_end(cv2.waitKeyEx(TURN_MS)) and cv2.getWindowProperty(WINDOW, cv2.WND_PROP_VISIBLE) > 0

    def _show(self, pictures: Sequence[Shown], figures: Sequence[Figures]) -> None:
        for picture in pictures:
            self._mosaic.put(picture)
        running = {each.stream for each in figures if each.state == "running"}
        self._mosaic.keep(running)
        streams = max(1, len(running))
        if streams != self._sized_for:
            self._sized_for = streams
            cv2.resizeWindow(WINDOW, *initial_size(pictures[0], streams))
        _, _, width, height = cv2.getWindowImageRect(WINDOW)
        seen = self._mosaic.drawn(max(width, 16), max(height, 16))
        if seen is not None:
            cv2.imshow(WINDOW, seen)


def main(link: socket.socket) -> None:
    """Show a window until the user closes it; returns what there is to be said then."""
    desk = Desk(link)
    if not cv2.currentUIFramework():
        desk.say("failed", HEADLESS, "give --serve in its place, or install opencv-python", "OUTPUT")
        return
    os.nice(NICE)
    cv2.setNumThreads(1)
    try:
        window = Window(desk)
        desk.say("up", "")
        while window.turn():
            pass
    except cv2.error as error:
        if error.code != cv2.Error.StsNullPtr:  # a window that is gone
            desk.say("failed", f"OpenCV: {error.err}", "", "OUTPUT")
            return
    desk.say("closed")


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
