"""Notices on stderr."""

from __future__ import annotations

import threading
from queue import Queue
from types import SimpleNamespace

import pytest

from common import console
from common.actions import Notice
from common.console import WAITING_MAX, plain_text, speaking
from common.sayings import PROGRESS_EVERY_S, FirstFrame, Saying, StreamProgress, parse_line


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (Notice("info", "listening on tcp://127.0.0.1:5"), "vinofleet producer: listening on tcp://127.0.0.1:5\n"),
        (Notice("warning", "clip is\nincomplete"), "vinofleet producer: warning: clip is incomplete\n"),
        (Notice("error", "no collector"), "vinofleet producer: error: no collector\n"),
        (Notice("info", "a\udcff"), "vinofleet producer: a\\udcff\n"),
    ],
)
def test_a_notice_is_one_line_on_stderr(notice: Notice, line: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The level is named unless it is information, and a line break does not make two notices."""
    with speaking("producer") as speak:
        speak(notice)
    assert capfd.readouterr() == ("", line)


def test_notices_keep_their_order(capfd: pytest.CaptureFixture[str]) -> None:
    """And all of them are out before a command says how it ended."""
    with speaking("worker") as speak:
        for number in range(100):
            speak(Notice("info", str(number)))
    assert capfd.readouterr().err.splitlines() == [f"vinofleet worker: {number}" for number in range(100)]


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(5, "the terminal hung up"), ValueError("closed file")])
def test_a_closed_stderr_is_no_failure(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads, and the frames go on; the next notice is tried all the same."""
    tried = []

    def refuse(line: str) -> None:
        tried.append(line)
        raise error

    monkeypatch.setattr(console, "_write", refuse)
    with speaking("producer") as speak:
        speak(Notice("info", "unheard"))
        speak(Notice("info", "too"))
    assert tried == ["vinofleet producer: unheard\n", "vinofleet producer: too\n"]


def test_without_a_stderr_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may have none."""
    monkeypatch.setattr("sys.stderr", None)
    console._write("unheard\n")


def test_a_parent_hears_what_is_said_in_place_of_the_shell(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is, not as a sentence; all of it before the role ends."""
    sent: list[bytes] = []

    class Noted:
        """A lifeline that ends nobody."""

        def __init__(self, descriptor: int, *, interrupts: bool) -> None:
            assert (descriptor, interrupts) == (7, True)

        def write(self, data: bytes) -> None:
            """Note it."""
            sent.append(data)

    monkeypatch.setattr("common.lifeline.Lifeline", Noted)
    with speaking("producer", 7, leads=True) as speak:
        speak(FirstFrame())
        speak(Notice("warning", "so\nso"))
    assert [parse_line(line) for line in sent] == [FirstFrame(), Notice("warning", "so\nso")]
    assert capfd.readouterr() == ("", "")


def test_a_shell_is_told_how_far_streams_are_now_and_then(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts without words have no line."""
    times = iter([0.0, 1.0, PROGRESS_EVERY_S])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    tell = console._printer("collector")
    for frames in (1, 2, 3):
        tell(StreamProgress("a", frames, 9, 1.0))
        tell(FirstFrame())
    assert capfd.readouterr().err == "vinofleet collector: a: 3 of 9 frames, 1.0 FPS, 0:00:06 left\n"


def test_a_reader_that_has_stopped_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither who speaks, however much there is to say, nor the end of the process."""
    goes_on, earlier, waiting = threading.Event(), set(threading.enumerate()), Queue[Saying | None](WAITING_MAX)
    monkeypatch.setattr(console, "PARTING_S", 0.01)
    monkeypatch.setattr(console, "Queue", lambda _most: waiting)
    monkeypatch.setattr(console, "_write", lambda _line: goes_on.wait())
    with speaking("producer") as speak:
        for _ in range(2 * WAITING_MAX):
            speak(Notice("info", "unread"))
    (thread,) = set(threading.enumerate()) - earlier
    assert thread.daemon
    goes_on.set()
    waiting.put(None)  # of what comes too late nothing is told, not even that it is the end
    thread.join()  # or it would write among the next test's lines


def test_a_line_is_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the system takes it in pieces."""
    taken = []

    def take_three(_descriptor: int, data: bytes) -> int:
        taken.append(bytes(data[:3]))
        return len(taken[-1])

    # In the place of the module, not of its function: other threads of the tests write as well.
    monkeypatch.setattr(console, "os", SimpleNamespace(write=take_three))
    console._write("one line\n")
    assert b"".join(taken) == b"one line\n"


def test_a_notice_moves_no_cursor() -> None:
    """A file in it may be called anything."""
    assert plain_text(Notice("warning", "no\n\x1b[2J")) == "warning: no \\x1b[2J"
