"""The producer's command line: what it says, and how it ends when it cannot begin."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.entry import run_command
from common.exits import Exit
from producer.cli import command
from vinofleet.cli import COMMANDS

SOURCE = "synthetic://counter?frames=5"
MODEL = ("--model", "scripted://")


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code and what stderr says at last, of the command in this process."""
    with pytest.raises(SystemExit) as left:
        run_command(command, arguments)
    lines = capsys.readouterr().err.splitlines()
    return left.value.code, lines[-1] if lines else ""  # type: ignore[return-value] # an Exit


def test_its_line_of_help_is_the_one_that_vinofleet_lists() -> None:
    """The umbrella shows it without importing it, so both must agree; the examples are there."""
    text = CliRunner().invoke(command, ["--help"]).output
    assert COMMANDS["producer"][1] in text
    assert "Examples:" in text
    assert "vinofleet producer clip.mp4 --model" in text


def test_help_loads_no_media_library() -> None:
    """Help is there at once."""
    program = (
        "import sys\nimport producer.cli\nprint([m for m in ('av', 'cv2', 'openvino', 'zmq') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([*MODEL], Exit.USAGE, "Missing argument 'SOURCE...'"),
        ([SOURCE], Exit.USAGE, "Missing option '--model'"),
        (["nowhere.mp4", *MODEL], Exit.INPUT, "nowhere.mp4"),
        (["gopher://user:secret@host/", *MODEL], Exit.INPUT, "gopher:// is no kind of source"),
        (["rtsp://user:secret@127.0.0.1:1/", *MODEL], Exit.INPUT, "rtsp://127.0.0.1:1/ cannot be opened"),
        ([SOURCE, "--model", "nowhere.xml"], Exit.MODEL, "nowhere.xml"),
        ([SOURCE, *MODEL, "--stream", "a", "--stream", "b"], Exit.USAGE, "2 names for 1 sources"),
        ([SOURCE, *MODEL, "--bind", "tcp://0.0.0.0:0"], Exit.NETWORK, "open to everybody"),
        ([SOURCE, *MODEL, "--collector", "tcp://*:1", "--bind", "tcp://127.0.0.1:0"], Exit.NETWORK, "connect to"),
        ([SOURCE, *MODEL, "--advertise", "here", "--bind", "tcp://127.0.0.1:0"], Exit.NETWORK, "no address"),
        ([SOURCE, *MODEL, "--timeout", "0"], Exit.USAGE, "--timeout"),
        ([SOURCE, *MODEL, "--window", "1"], Exit.USAGE, "--window"),
    ],
)
def test_what_cannot_be_ends_with_one_line_and_its_own_code(
    arguments: list[str], code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake names what is wrong; nothing of a password is repeated."""
    left, line = outcome(capsys, *arguments)
    assert left == code
    assert said in line
    assert "secret" not in line


def test_a_source_is_opened_before_an_address_is_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """With both wrong it is the source that is reported, and no worker was ever let in."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        assert outcome(capsys, "nowhere.mp4", *MODEL, "--bind", address)[0] == Exit.INPUT
        left, line = outcome(capsys, SOURCE, *MODEL, "--bind", address)
    assert left == Exit.NETWORK
    assert "in use" in line


def test_it_gives_up_after_the_timeout_and_says_where_it_listened(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a collector it ends with the code for that, having written its address for scripts."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        collector = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        path = tmp_path / "address"
        arguments = ["--bind", "tcp://127.0.0.1:*", "--collector", collector, "--timeout", "0.2"]
        with pytest.raises(SystemExit) as left:
            run_command(command, [SOURCE, *MODEL, *arguments, "--address-file", str(path)])
    assert left.value.code == Exit.TIMEOUT
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == f"vinofleet producer: listening on {path.read_text().strip()}"
    assert lines[-1].startswith("vinofleet producer: error: no collector for 0.2 s: start one, or ")
