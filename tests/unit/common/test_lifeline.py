"""A process that is tied to its parent."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 20.0

PROGRAM = """
import os, signal, subprocess, sys, threading
from common import lifeline
lifeline.ORPHAN_S = float(sys.argv[3])
line = lifeline.Lifeline(int(sys.argv[1]), interrupts=sys.argv[2] == "leads")
child = subprocess.Popen([sys.executable, "-c", "input()"])
try:
    if sys.argv[2] == "silent":
        print(child.pid, flush=True)
    else:
        line.write(f"{child.pid}\\n".encode())
    threading.Event().wait()
except KeyboardInterrupt:
    print("interrupted", flush=True)
    child.kill()
"""


def start(how: str, orphan_s: float) -> tuple[subprocess.Popen[str], socket.socket]:
    """A process with a child of its own, which it has; gives the parent's end."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(theirs.fileno()), how, str(orphan_s)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    ours.settimeout(PATIENCE_S)
    assert process.stdout is not None
    assert (process.stdout if how == "silent" else ours.makefile()).readline().strip().isdigit()
    return process, ours


def test_who_leads_is_interrupted_when_the_parent_is_gone() -> None:
    """As by Ctrl-C, at once."""
    process, ours = start("leads", 3600.0)
    ours.close()
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert out == "interrupted\n"
    assert process.returncode == 0


def test_who_follows_is_ended_when_its_time_is_over_with_all_it_has_started() -> None:
    """Whatever it does then."""
    process, ours = start("follows", 0.05)
    ours.close()
    # The pipe ends when nobody has it any more: the process's child has it too.
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert out == ""
    assert process.returncode == -signal.SIGKILL


def test_who_has_said_nothing_has_nothing_to_finish() -> None:
    """It is ended at once."""
    process, ours = start("silent", 3600.0)
    ours.close()
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGKILL
