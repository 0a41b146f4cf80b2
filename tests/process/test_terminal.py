"""What roles and runs show on a terminal; one that takes no more lines stops none of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress

import pytest

from common.exits import Exit
from tests.process.roles import PATIENCE_S, ROOT

RUN = (sys.executable, "-m", "vinofleet", "run")


def fill(pipe: int) -> None:
    """Write until it takes no more."""
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, bytes(4096))
    os.set_blocking(pipe, True)


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="this system has no pipes that can be filled")
def test_a_halted_terminal_stops_no_role() -> None:
    """Nobody reads its stderr, which is full from the start: it goes on to its end, with its exit code."""
    unread, stderr = os.pipe()
    try:
        fill(stderr)
        command = [sys.executable, "-m", "vinofleet", "collector", "--bind", "tcp://127.0.0.1:*", "--timeout", "0.2"]
        ended = subprocess.run(command, cwd=ROOT, stderr=stderr, timeout=PATIENCE_S, check=False)
        assert ended.returncode == Exit.TIMEOUT
    finally:
        os.close(unread)
        os.close(stderr)


def test_a_run_on_a_terminal_shows_bars_and_its_summary() -> None:
    """A bar for each stream that reaches its end, the lines above it, the conservation equation below, and a cursor."""
    master, terminal = os.openpty()
    command = [*RUN, "synthetic://counter?frames=100", "--model", "scripted://?service_ms=10"]
    started = subprocess.Popen(
        command, cwd=ROOT, stdout=terminal, stderr=terminal, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    )
    os.close(terminal)
    text = b""
    with suppress(OSError), os.fdopen(master, "rb", buffering=0) as screen:  # the end of a terminal is an error
        while data := screen.read(65_536):
            text += data
    assert started.wait(PATIENCE_S) == Exit.OK
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode())
    assert "counter ━" in shown
    assert "100/100" in shown
    assert "vinofleet worker 1: ready on SCRIPTED" in shown
    assert shown.rstrip().endswith("captured 100 = ok 100 + failed 0 + dropped 0")
    assert text.rindex(b"\x1b[?25h") > text.rindex(b"\x1b[?25l")


def test_a_halted_terminal_stops_no_run() -> None:
    """Nobody reads what it shows: the frames arrive all the same."""
    unread, stderr = os.pipe()
    try:
        fill(stderr)
        command = [*RUN, "synthetic://counter?frames=100", "--model", "scripted://"]
        ended = subprocess.run(command, cwd=ROOT, stderr=stderr, stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True)
        assert ended.stdout.endswith(b"captured 100 = ok 100 + failed 0 + dropped 0\n")
    finally:
        os.close(unread)
        os.close(stderr)
