"""Ctrl-C where an exception could be lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from common.exits import Exit
from common.leaving import Finishing, HeldBack, leaving_at_once, stopping

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
        with Finishing():
            signal.raise_signal(number)
            assert caught == []
            signal.raise_signal(number)
            assert caught == ["before"]
        signal.raise_signal(number)
        assert caught == ["before", "before"]
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("kind", [Finishing, HeldBack])
def test_who_has_to_wait_meanwhile_is_told_of_an_interrupt(kind: type[Finishing | HeldBack]) -> None:
    """At once; and when it was heeded in this way, it is no KeyboardInterrupt any more."""
    with kind() as guard:
        assert not guard.sleep(0.001)
        alarm = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            assert guard.sleep(1e6)
        finally:
            signal.signal(signal.SIGALRM, alarm)


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_held_back_comes_when_it_is_released(number: int) -> None:
    """Until then nothing is interrupted; afterwards the handlers are those of before."""
    before = signal.getsignal(number)
    made: list[str] = []

    def make() -> None:
        with HeldBack() as held:
            signal.raise_signal(number)
            made.append("an output")
            held.release()
            made.append("never")

    with pytest.raises(KeyboardInterrupt):
        make()
    assert made == ["an output"]
    assert signal.getsignal(number) is before


def test_what_is_held_back_comes_at_the_end_at_the_latest() -> None:
    """Also in place of an error, as it would have come before that."""

    def fail() -> None:
        with HeldBack():
            signal.raise_signal(signal.SIGINT)
            raise OSError("no room")

    with pytest.raises(KeyboardInterrupt):
        fail()


def test_holding_back_changes_nothing_where_nothing_comes_and_in_other_threads() -> None:
    """It may be released twice; who ignores interrupts goes on to."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with HeldBack() as held:
            signal.raise_signal(signal.SIGINT)
            held.release()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    went: list[bool] = []

    def elsewhere() -> None:
        with HeldBack():
            went.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert went == [True]
