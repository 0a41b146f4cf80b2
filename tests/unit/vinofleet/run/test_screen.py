"""What is shown, in a log and on a terminal."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator

import pytest
from rich.console import Console

from common.actions import Notice
from common.console import WAITING_MAX
from common.sayings import PROGRESS_EVERY_S, StreamProgress
from vinofleet.run import screen
from vinofleet.run.screen import BARS_MAX, Bars, Log, showing


def test_a_log_has_plain_lines_that_name_who_speaks(capfd: pytest.CaptureFixture[str]) -> None:
    """And all of them are out at the end."""
    with showing() as show:
        show.notice("worker 2", Notice("info", "ready"))
        show.notice("run", Notice("warning", "worker 1 ended\nwith SIGKILL"))
    assert capfd.readouterr().err.splitlines() == [
        "vinofleet worker 2: ready",
        "vinofleet run: warning: worker 1 ended with SIGKILL",
    ]


def test_a_log_says_how_far_streams_are_every_few_seconds(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is told."""
    times = iter([0.0, 1.0, PROGRESS_EVERY_S])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    log = Log()
    for frames in (1, 2, 3):
        log.progress(StreamProgress("a", frames, 9, 2.0))
    log.redraw()
    log.close()
    assert capfd.readouterr().err == "vinofleet run: a: 3 of 9 frames, 2.0 FPS, 0:00:03 left\n"


@pytest.mark.parametrize(("term", "kind"), [("xterm", "Bars"), ("dumb", "Log")])
def test_a_terminal_that_cannot_move_its_cursor_has_a_log(
    term: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or nothing would be seen of a long run until its end."""
    made: list[str] = []
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)

    def maker(name: str) -> Callable[[], Log]:
        def make() -> Log:
            made.append(name)
            return Log()

        return make

    for name in ("Bars", "Log"):
        monkeypatch.setattr(screen, name, maker(name))
    with showing():
        pass
    assert made == [kind]


@pytest.mark.parametrize("error", [OSError(5, "hung up"), ValueError("closed file")])
def test_a_reader_that_went_away_ends_nothing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes next is tried all the same."""
    tried = []

    def refuse(line: str) -> None:
        tried.append(line)
        raise error

    monkeypatch.setattr(screen, "write_line", refuse)
    with showing() as show:
        show.notice("run", Notice("info", "a"))
        show.notice("run", Notice("info", "b"))
    assert len(tried) == 2


@pytest.mark.parametrize("lines", [0, WAITING_MAX + 9])
def test_the_terminal_is_given_back_whatever_waits(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars that are not closed leave it without a cursor."""
    closed = threading.Event()
    monkeypatch.setattr(screen, "write_line", lambda _: None)
    monkeypatch.setattr(Log, "close", lambda _: closed.set())
    with showing() as show:
        for number in range(lines):
            show.notice("run", Notice("info", str(number)))
    assert closed.is_set()


class Terminal:
    """A terminal of 100 columns, and what it shows in the end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._file = io.StringIO()
        console = Console(file=self._file, force_terminal=True, width=100, height=24, color_system=None)
        monkeypatch.setattr("rich.console.Console", lambda **_: console)
        self.bars = Bars()

    def close(self) -> list[str]:
        """Close it, and give the lines as they were written last, without what moves the cursor."""
        before = len(self._file.getvalue())
        self.bars.close()
        text = self._file.getvalue()[before:].replace("\x1b[2K", "").replace("\x1b[1A", "").replace("\r", "")
        return [line for line in text.splitlines() if "FPS" in line]

    @property
    def text(self) -> str:
        """All that was written."""
        return self._file.getvalue()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal that is left as it was."""
    made = Terminal(monkeypatch)
    yield made
    made.bars.close()


def test_a_terminal_has_a_bar_for_each_stream(terminal: Terminal) -> None:
    """With frames of how many, and how fast; a name with brackets is no markup."""
    terminal.bars.progress(StreamProgress("door", 5, 10, 24.8))
    terminal.bars.progress(StreamProgress("[red]yard", 7, 0, 3.0))
    terminal.bars.redraw()
    door, yard = terminal.close()
    assert "door" in door
    assert "5/10" in door.replace(" ", "")
    assert "24.8 FPS" in door
    assert "[red]yard" in yard
    assert "7/?" in yard.replace(" ", "")


def test_many_streams_share_one_bar(terminal: Terminal) -> None:
    """A terminal has only so many lines."""
    for number in range(BARS_MAX + 2):
        terminal.bars.progress(StreamProgress(f"s{number}", 1, 10, 2.0))
    (line,) = terminal.close()
    assert line.startswith("all streams ")
    assert f"{BARS_MAX + 2}/{10 * (BARS_MAX + 2)}" in line.replace(" ", "")
    assert "20.0 FPS" in line


def test_the_rate_of_many_streams_is_that_of_those_that_go_on(terminal: Terminal) -> None:
    """What was done earlier adds nothing to it."""
    for number in range(BARS_MAX + 2):
        terminal.bars.progress(StreamProgress(f"s{number}", 10 if number % 2 else 1, 10, 2.0))
    (line,) = terminal.close()
    assert f"{(BARS_MAX + 2) / 2 * 2.0 + 2.0:.1f} FPS" in line


def test_lines_scroll_above_the_bars(terminal: Terminal) -> None:
    """As they would in a log."""
    terminal.bars.progress(StreamProgress("a", 1, 2, 1.0))
    terminal.bars.notice("worker 1", Notice("warning", "[bold]so"))
    assert "vinofleet worker 1: warning: [bold]so\n" in terminal.text
