"""People who watch a run, in real processes: a window on a screen of its own, and sockets in place of browsers."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.exits import Exit
from tests.process.family import Family
from tests.process.roles import Role, Shell, until
from tests.process.screens import Screen

pytestmark = [pytest.mark.process, pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")]

SOURCE = "synthetic://counter?frames={}&size=320x240"
MODEL = "scripted://?service_ms=10"
PATIENCE_S = 30.0


def started(shell: Shell, *options: str, frames: int, environment: dict[str, str]) -> Role:
    """A run that writes rows and a report."""
    folder = shell.folder
    files = ("--json", str(folder / "out.jsonl"), "--report", str(folder / "report.json"))
    return shell.run("run", SOURCE.format(frames), "--model", MODEL, *files, *options, environment=environment)


def served_at(role: Role) -> int:
    """The port that it says."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)/", role.says("pictures are at"))
    assert found is not None
    return int(found[1])


@contextmanager
def asked(port: int, line: str, host: str = "localhost") -> Iterator[socket.socket]:
    """A connection on which something was asked for."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(f"{line} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        yield connection


def answer(port: int, line: str, host: str = "localhost") -> tuple[str, bytes]:
    """The head of an answer, and as much of its body as it says."""
    with asked(port, line, host) as connection, connection.makefile("rb") as reader:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            got = reader.readline()
            assert got, head
            head += got
        length = re.search(rb"Content-Length: (\d+)", head)
        return head.decode(), reader.read(int(length[1])) if length and not line.startswith("HEAD") else b""


def test_esc_in_the_window_ends_the_run_in_order(shell: Shell, screen: Screen) -> None:
    """It is there with its title; each frame is accounted for, nothing is left, and Qt's warnings are unseen."""
    family = Family()
    run = started(shell, "--show", frames=100_000, environment={**screen.environment, **family.environment})
    window = screen.window("vinofleet: counter, .* FPS")
    screen.press(window, "Escape")
    assert run.ends() == Exit.INTERRUPTED, run
    assert "the window was closed: the run ends" in "".join(run.text)
    assert "QFont" not in "".join(run.text)
    frames = len(shell.rows())
    assert frames > 0
    assert run.text[-1].startswith(f"captured {frames} = ok ")
    assert [row["frame"] for row in shell.rows()] == list(range(frames))
    until(lambda: family.processes() == [])


def test_without_a_screen_a_window_is_refused(shell: Shell) -> None:
    """Before anything is started, with what to do."""
    run = started(shell, "--show", frames=10, environment={"DISPLAY": ""})
    assert run.ends() == Exit.OUTPUT, run
    assert len(run.text) == 1
    assert "error: --show needs a screen, and DISPLAY names none: give --serve 8080" in run.text[0]
    assert not (shell.folder / "out.jsonl").exists()


def test_a_browser_that_stalls_holds_up_nobody(shell: Shell) -> None:
    """Another one sees pictures, strangers are refused, and Ctrl-C ends all at once though somebody is connected."""
    family = Family()
    run = started(shell, "--serve", "0", frames=100_000, environment=family.environment)
    port = served_at(run)
    until(lambda: json.loads(answer(port, "GET /status.json")[1])["streams"] != [])
    with asked(port, "GET /stream/counter.mjpg"):  # and nothing is ever read of it
        head, first = answer(port, "GET /snapshot/counter.jpg?after=0")
        number = re.search(r"X-Picture: (\d+)", head)
        assert number is not None, head
        head, second = answer(port, f"GET /snapshot/counter.jpg?after={number[1]}")
        assert (first[:2], first[-2:], second[:2]) == (b"\xff\xd8", b"\xff\xd9", b"\xff\xd8")
        assert first != second
        assert "nosniff" in head
        assert "Access-Control" not in head
        stream = json.loads(answer(port, "GET /status.json")[1])["streams"][0]
        assert (stream["stream"], stream["state"], stream["width"]) == ("counter", "running", 320)
        assert b'<main id="streams">' in answer(port, "GET /")[1]
        assert answer(port, "HEAD /page.js")[0].startswith("HTTP/1.1 200")
        for line, host, status in [
            ("GET /", "evil.example", "403"),
            ("POST /", "localhost", "405"),
            ("GET /stream/other.mjpg", "localhost", "404"),
            ("GET /../etc/passwd", "localhost", "404"),
            ("GET /" + "x" * 9000, "localhost", "431"),
        ]:
            assert answer(port, line, host)[0].startswith(f"HTTP/1.1 {status}"), line
        written = shell.written()
        until(lambda: shell.written() > written)
        run.signal(signal.SIGINT)
        assert run.ends() == Exit.INTERRUPTED, run
    until(lambda: family.processes() == [])
