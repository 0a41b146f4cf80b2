"""How commands end: each way out, its exit code and its one line."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from common import entry
from common.errors import InputError, VinofleetError
from common.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = (
    "vinofleet: error: standard output cannot be written (No space left on device): make room, or send it elsewhere\n"
)


def ending(command: click.Command, *arguments: str) -> int | str | None:
    """Run a command to its end and return the exit code."""
    with pytest.raises(SystemExit) as left:
        entry.run_command(command, arguments)
    return left.value.code


def command_that(act: Callable[[], Any]) -> click.Command:
    """A command without parameters that does `act`."""
    return click.Command("probe", callback=act)


def raising(error: BaseException) -> click.Command:
    """A command that fails in this way."""

    def act() -> None:
        raise error

    return command_that(act)


@pytest.fixture(autouse=True)
def _no_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(entry.DEBUG_VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (command_that(lambda: None), Exit.OK),
        (command_that(lambda: Exit.INCOMPLETE), Exit.INCOMPLETE),
        (command_that(lambda: click.get_current_context().exit(Exit.TIMEOUT)), Exit.TIMEOUT),
        (raising(VinofleetError("it broke")), Exit.INTERNAL),
        (raising(InputError("clip.mp4 holds no video")), Exit.INPUT),
        (raising(click.UsageError("no such thing")), Exit.USAGE),
        (raising(click.Abort()), Exit.INTERRUPTED),
        (raising(KeyboardInterrupt()), Exit.INTERRUPTED),
        (raising(ValueError("surprise")), Exit.INTERNAL),
        (raising(OSError(errno.ENOSPC, "full", "file that no seam cared for")), Exit.INTERNAL),
        (command_that(lambda: "no exit code"), Exit.INTERNAL),
    ],
)
def test_every_way_out_has_its_exit_code(command: click.Command, code: Exit) -> None:
    """Values and exceptions of a command become the exit status that the README promises."""
    assert ending(command) == code


def test_a_failure_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """What happened and what to do, on a line of its own, and nothing on stdout."""
    ending(raising(InputError("clip.mp4\nholds no video", "give a video file")))
    assert capsys.readouterr() == ("", "vinofleet: error: clip.mp4 holds no video: give a video file\n")


def test_a_defect_is_one_line_that_points_to_debug(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --debug nobody is shown a traceback."""
    ending(raising(ValueError("two\nlines")))
    start, hint = "vinofleet: error: internal error (ValueError: two lines)", "run it again with --debug"
    assert capsys.readouterr().err == f"{start}: {hint} and report what it prints\n"


@pytest.mark.parametrize("error", [ValueError("surprise"), InputError("no file")])
def test_debug_shows_the_traceback_before_the_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """--debug adds the traceback and keeps the line last."""
    ending(raising(error), "--debug")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1].startswith("vinofleet: error: ")


def test_a_missing_system_library_is_named_with_its_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """The dynamic loader's complaint is an installation problem, not a defect."""
    ending(raising(ImportError("libGL.so.1: cannot open shared object file: No such file or directory")))
    text = capsys.readouterr().err
    assert "libGL.so.1" in text
    assert "libgl1 libglib2.0-0" in text
    assert "internal error" not in text


def test_an_unknown_option_exits_2_and_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Click's usage error is printed as click prints it."""
    assert ending(command_that(lambda: None), "--nonsense") == Exit.USAGE
    assert "No such option" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "rest", "asked"),
    [
        ([], [], False),
        (["worker", "--debug", "-x"], ["worker", "-x"], True),
        (["--debug"], [], True),
        (["--", "--debug"], ["--", "--debug"], False),
        (["--debug", "--", "a"], ["--", "a"], True),
    ],
)
def test_debug_is_taken_out_of_the_command_line(words: list[str], rest: list[str], asked: bool) -> None:  # noqa: FBT001
    """--debug counts anywhere before `--`; behind it, it is an argument."""
    assert entry.split_debug(words) == (rest, asked)


@pytest.mark.parametrize(("value", "asked"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_the_environment_can_ask_for_debug(value: str, asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """VINOFLEET_DEBUG asks unless it is empty or 0."""
    monkeypatch.setenv(entry.DEBUG_VARIABLE, value)
    assert entry.split_debug([])[1] is asked


@pytest.mark.process
def test_a_reader_that_goes_away_is_no_failure() -> None:
    """A command whose stdout is a closed pipe exits 0 and complains of nothing."""
    program = """
import click
from common.entry import run_command
run_command(click.Command("c", callback=lambda: click.echo("x" * 100000)))
"""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (Exit.OK, b"")


@pytest.mark.process
def test_a_failure_keeps_its_code_where_nobody_reads_the_line() -> None:
    """`vinofleet ... 2>&1 | head -1` is no defect of vinofleet."""
    program = """
import click
from common.entry import run_command
from common.errors import UsageError
def fail(): raise UsageError("no", "yes")
run_command(click.Command("c", callback=fail))
"""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stderr=writer, check=False)
    os.close(writer)
    assert done.returncode == Exit.USAGE


def test_a_role_is_loaded_from_its_cli_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m worker --help` shows that name, and the role's own command."""
    monkeypatch.setattr(sys, "argv", ["worker", "--help"])
    monkeypatch.setattr(
        entry, "import_module", {"worker.cli": type("M", (), {"command": click.Command("w")})}.__getitem__
    )
    with pytest.raises(SystemExit) as left:
        entry.run_role("worker")
    assert left.value.code == Exit.OK
    assert capsys.readouterr().out.startswith("Usage: python -m worker ")


@pytest.mark.process
@pytest.mark.parametrize(
    ("redirection", "code", "complaint"),
    [
        (">&-", Exit.OK, ""),
        (">&- 2>&-", Exit.OK, ""),
        (">/dev/full", Exit.OUTPUT, FULL),
    ],
)
@pytest.mark.parametrize("act", ["sys.stdout and sys.stdout.write('x') and None", "click.echo('x')"])
def test_what_became_of_stdout_shows_no_traceback(act: str, redirection: str, code: Exit, complaint: str) -> None:
    """Closed before the start it is nobody's loss; a full disk is one line and an exit code, whenever it shows."""
    command = f"click.Command('c', callback=lambda: {act})"
    program = f"import click, sys; from common import entry; entry.run_command({command}, [])"
    shell = f'exec "$0" -E -c "$1" {redirection}'  # -E: buffered, as it is by default
    done = subprocess.run(["sh", "-c", shell, sys.executable, program], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (code, complaint)
