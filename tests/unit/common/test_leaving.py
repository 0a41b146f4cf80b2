"""Ctrl-C where an exception could be lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from common.exits import Exit
from common.leaving import finishing, leaving_at_once, stopping

PROGRAM = """
import os, signal
from common.leaving import leaving_at_once
with leaving_at_once():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:  # as foreign code may do
        pass
print("was not heard")
"""


@pytest.mark.process
def test_an_interrupt_cannot_be_swallowed() -> None:
    """The process has ended before anybody could."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (Exit.INTERRUPTED, "", "")


def test_afterwards_an_interrupt_is_an_exception_again() -> None:
    """Also where the steps failed."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(OSError, match="no file"), leaving_at_once():
            raise OSError("no file")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_handlers_and_other_threads_are_left_alone() -> None:
    """Who has a handler of its own keeps it; a thread has none to set."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with leaving_at_once():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    seen = []

    def enter() -> None:
        with leaving_at_once():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_last_steps_are_spared_one_interrupt(number: signal.Signals) -> None:
    """The next is what it always was."""
    caught = []
    before = signal.signal(number, lambda *_: caught.append("before"))
    try:
        with finishing():
            signal.raise_signal(number)
            assert caught == []
            signal.raise_signal(number)
            assert caught == ["before"]
        signal.raise_signal(number)
        assert caught == ["before", "before"]
    finally:
        signal.signal(number, before)


def test_what_was_begun_is_cleaned_up_when_the_process_is_told_to_end() -> None:
    """SIGTERM is an exception within, and afterwards what it was; a thread changes nothing."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), stopping():
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        seen = []

        def enter() -> None:
            with stopping():
                seen.append(signal.getsignal(signal.SIGTERM))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        assert seen == [signal.SIG_IGN]
    finally:
        signal.signal(signal.SIGTERM, before)
