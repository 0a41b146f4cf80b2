"""A terminal that takes no more lines stops no role."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import pytest

from common.exits import Exit
from tests.process.roles import PATIENCE_S, ROOT


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="this system has no pipes that can be filled")
def test_a_halted_terminal_stops_no_role() -> None:
    """Nobody reads its stderr, which is full from the start: it goes on to its end, with its exit code."""
    unread, stderr = os.pipe()
    try:
        os.set_blocking(stderr, False)
        with suppress(BlockingIOError):
            while True:
                os.write(stderr, bytes(4096))
        os.set_blocking(stderr, True)
        command = [sys.executable, "-m", "vinofleet", "collector", "--bind", "tcp://127.0.0.1:*", "--timeout", "0.2"]
        ended = subprocess.run(command, cwd=ROOT, stderr=stderr, timeout=PATIENCE_S, check=False)
        assert ended.returncode == Exit.TIMEOUT
    finally:
        os.close(unread)
        os.close(stderr)
