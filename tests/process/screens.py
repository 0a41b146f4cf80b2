"""A screen of its own for a test (Xvfb), and hands on its keyboard (xdotool)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.process.roles import PATIENCE_S, until

TOOLS = ("Xvfb", "xdotool")


def obstacle() -> str:
    """What keeps this machine from running such a test; empty if nothing does."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


class Screen:
    """One screen.

    Attributes:
        environment: what makes a process use it.
    """

    def __init__(self, display: str, server: subprocess.Popen[bytes]) -> None:
        self.environment = {"DISPLAY": display}
        self._server = server

    def window(self, title: str) -> str:
        """Wait for a window whose title has these words, and return its number."""
        until(lambda: bool(self._do("search", "--name", title)))
        return self._do("search", "--name", title).split()[-1]

    def title(self, window: str) -> str:
        """A window's title."""
        return self._do("getwindowname", window).strip()

    def press(self, window: str, key: str) -> None:
        """Press a key there."""
        self._do("key", "--window", window, key)

    def end(self) -> None:
        """Take the screen away."""
        self._server.kill()
        self._server.wait(PATIENCE_S)

    def _do(self, *words: str) -> str:
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            ["xdotool", *words], capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE_S
        )
        return done.stdout


@contextmanager
def opened() -> Iterator[Screen]:
    """A screen, whose number the server chooses."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    screen = Screen(f":{number}", server)
    try:
        yield screen
    finally:
        screen.end()
