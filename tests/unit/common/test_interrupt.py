"""Ctrl-C while a command is being imported."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from common import interrupt
from common.exits import Exit

PROGRAM = """
import os, signal, sys
class Interrupter:
    where = sys.argv.pop(1)
    def find_spec(self, name, path=None, target=None):
        if name == self.where:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupter())
from vinofleet.__main__ import main
main()
"""


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.process
@pytest.mark.parametrize("where", ["click", "common.entry", "collector.cli", "collector.app", "numpy", "zmq"])
def test_an_import_that_is_interrupted_ends_the_process_without_a_word(where: str) -> None:
    """Neither a traceback nor an ImportError of whoever was importing; the exit code says what happened."""
    command = [sys.executable, "-c", PROGRAM, where, "collector", "--timeout", "0.1", "--bind", "tcp://127.0.0.1:*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (Exit.INTERRUPTED, "", "")


def test_the_number_is_that_of_exits() -> None:
    """It is written down twice, as `common.exits` may be what is being imported."""
    assert interrupt.INTERRUPTED == Exit.INTERRUPTED


def test_a_command_that_runs_is_interrupted_by_an_exception() -> None:
    """What it has made is then cleaned up."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt.leave_at_once()
    assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    interrupt.raise_again()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("change", [interrupt.leave_at_once, interrupt.raise_again])
def test_an_interrupt_that_is_ignored_stays_ignored(change: Callable[[], None]) -> None:
    """A shell starts its background jobs so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    change()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
