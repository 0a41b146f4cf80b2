"""Processes as `run` sees them: what they say, what they leave, how they end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from common.actions import Notice
from common.exits import Exit
from common.sayings import FirstFrame, Listening
from vinofleet.run.actions import Death
from vinofleet.run.children import LINE_MAX_BYTES, Children, Command, Event, Exited, Interrupted, Said, Wrote

PATIENCE_S = 20.0


@pytest.fixture
def children() -> Iterator[Children]:
    """Processes of which none is left."""
    with Children(dict(os.environ)) as made:
        yield made


def program(text: str) -> Command:
    """A process that runs a Python program; `line` is its lifeline."""
    start = "import os, socket, sys\nline = socket.socket(fileno=int(sys.argv[1]))\n"
    return lambda descriptor: [sys.executable, "-c", start + text, str(descriptor)]


def hear(children: Children, enough: Callable[[list[Event]], bool]) -> list[Event]:
    """Wait until enough has happened."""
    events: list[Event] = []
    deadline = time.monotonic() + PATIENCE_S
    while not enough(events):
        assert time.monotonic() < deadline, events
        events += children.wait(1.0)
    return events


def until_exit(children: Children) -> list[Event]:
    """Wait for the end of a process."""
    return hear(children, lambda events: any(isinstance(event, Exited) for event in events))


def test_an_interrupt_that_comes_too_early_waits_until_it_can_be_taken(children: Children) -> None:
    """An interpreter that has just begun would print a traceback."""
    children.start("a", program("from common.interrupt import leave_at_once\nleave_at_once()\ninput()"), None)
    children.signal("a", signal.SIGINT)
    assert until_exit(children) == [Exited("a", Death(Exit.INTERRUPTED, "exit code 130"))]


def test_what_a_process_says_comes_before_its_end(children: Children) -> None:
    """Sayings, lines on stderr, and all that it printed; also what has no line's end."""
    text = """
line.sendall(b'["listening", "ipc://@x"]\\n["first"]\\n["notice", "warn')
sys.stderr.write("first\\n\\nsecond")
print("x" * 200_000)
"""
    children.start("a", program(text), None)
    events = until_exit(children)
    assert {event for event in events if not isinstance(event, Exited)} == {
        Said("a", Listening("ipc://@x")),
        Said("a", FirstFrame()),
        Wrote("a", "first"),
        Wrote("a", "second"),
    }
    assert events[-1] == Exited("a", Death(Exit.OK, "exit code 0"))
    assert children.printed["a"] == "x" * 200_000 + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "sys.stderr.write('vinofleet: error: no such thing: look there\\n'); sys.exit(4)",
        """line.sendall(b'["notice", "error", "no such thing: look there"]\\n'); sys.exit(4)""",
    ],
)
def test_last_words_are_kept_for_the_end(children: Children, text: str) -> None:
    """Whichever way they are said."""
    children.start("a", program(text), None)
    assert until_exit(children) == [Exited("a", Death(Exit.INPUT, "exit code 4", "no such thing: look there"))]


@pytest.mark.parametrize(
    ("text", "death"),
    [
        ("os.kill(os.getpid(), 9)", Death(None, "SIGKILL", killed=True)),
        ("os.kill(os.getpid(), 15)", Death(None, "SIGTERM", asked=True)),
        ("os.kill(os.getpid(), 40)", Death(None, "signal 40")),
        ("sys.exit(99)", Death(None, "exit code 99")),
        ("sys.exit(130)", Death(Exit.INTERRUPTED, "exit code 130")),
    ],
)
def test_how_it_ended_is_told(children: Children, text: str, death: Death) -> None:
    """By a code that means something, or by how it looks."""
    children.start("a", program(text), None)
    assert until_exit(children) == [Exited("a", death)]


def test_nobody_whom_a_process_started_outlives_it(children: Children) -> None:
    """Also where it holds the pipes that are read."""
    text = "import subprocess\nprint(subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE).pid)"
    children.start("a", program(text), None)
    until_exit(children)
    pid = int(children.printed["a"])
    deadline = time.monotonic() + PATIENCE_S
    while is_alive(pid):
        assert time.monotonic() < deadline
        children.wait(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process of this number is there and is no zombie that nobody has fetched yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - as short as can be
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_signals_of_the_user_are_events(children: Children) -> None:
    """SIGINT, SIGTERM and SIGHUP, each once."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
    assert hear(children, lambda events: len(events) >= 3) == [Interrupted()] * 3


def test_a_run_under_nohup_outlives_its_terminal() -> None:
    """SIGHUP stays ignored where it was; the others are heard."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Children({}) as children:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            assert hear(children, bool) == [Interrupted()]
            assert children.wait(0.0) == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_the_signals_did_before_they_do_again() -> None:
    """Whoever uses it gets its Ctrl-C back."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGCHLD)]
    with Children({}):
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGCHLD)] == before


def test_a_signal_reaches_its_process_only(children: Children) -> None:
    """And one that is gone is no failure."""
    children.start("a", program("line.recv(1)"), None)
    children.start("b", program("line.recv(1)"), None)
    children.signal("a", signal.SIGKILL)
    assert until_exit(children) == [Exited("a", Death(None, "SIGKILL", killed=True))]
    children.signal("a", signal.SIGKILL)
    assert children.wait(0.0) == []


def test_a_line_without_end_does_not_fill_the_memory(children: Children) -> None:
    """It is cut where it is too long."""
    children.start("a", program("sys.stderr.write('x' * 1_000_000)"), None)
    lines = [event.text for event in until_exit(children) if isinstance(event, Wrote)]
    assert sum(map(len, lines)) == 1_000_000
    assert max(map(len, lines)) <= 3 * LINE_MAX_BYTES


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no masks")
def test_a_process_runs_on_its_cores(children: Children) -> None:
    """And this one on its own again."""
    before = os.sched_getaffinity(0)
    core = max(before)
    children.start("a", program("print(os.sched_getaffinity(0))"), {core})
    assert os.sched_getaffinity(0) == before
    until_exit(children)
    assert children.printed["a"] == f"{{{core}}}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_process_is_to_be_woken_up_by_its_parents_death(children: Children) -> None:
    """From its first moment; `test_run.py` lets it happen."""
    text = (
        "import ctypes\ngot = ctypes.c_int()\nctypes.CDLL(None).prctl(2, ctypes.byref(got), 0, 0, 0)\nprint(got.value)"
    )
    children.start("a", program(text), None)
    until_exit(children)
    assert int(children.printed["a"]) == signal.SIGCONT


def test_a_notice_that_is_no_error_is_told_at_once(children: Children) -> None:
    """It is not its last word."""
    children.start("a", program("""line.sendall(b'["notice", "warning", "so"]\\n')\nline.recv(1)"""), None)
    assert hear(children, bool) == [Said("a", Notice("warning", "so"))]
