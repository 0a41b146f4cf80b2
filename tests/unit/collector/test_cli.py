"""The collector's command line: what it says, and how it ends when it cannot begin or nobody comes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli import command
from common.entry import run_command
from common.exits import Exit
from vinofleet.cli import COMMANDS

ANYWHERE = ("--bind", "tcp://127.0.0.1:*")


def outcome(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """The exit code and the lines on stderr, of the command in this process."""
    with pytest.raises(SystemExit) as left:
        run_command(command, arguments)
    return left.value.code, capfd.readouterr().err.splitlines()  # type: ignore[return-value] # an Exit


def test_its_line_of_help_is_the_one_that_vinofleet_lists() -> None:
    """The umbrella shows it without importing it, so both must agree; the examples are there."""
    text = CliRunner().invoke(command, ["--help"]).output
    assert COMMANDS["collector"][1] in text
    assert "Examples:" in text
    assert "vinofleet collector --json out.jsonl" in text


def test_help_loads_nothing_that_it_does_not_need() -> None:
    """Help is there at once."""
    heavy = ("av", "cv2", "openvino", "zmq", "numpy")
    program = f"import sys\nimport collector.cli\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--bind", "127.0.0.1"], Exit.NETWORK, "is no address"),
        (["--bind", "tcp://0.0.0.0:0"], Exit.NETWORK, "open to everybody"),
        (["--json", "none/out.jsonl"], Exit.OUTPUT, "create the folder first"),
        (["--json", "taken.jsonl"], Exit.OUTPUT, "taken.jsonl exists"),
        (["--report", "none/report.json"], Exit.OUTPUT, "create the folder first"),
        (["--address-file", "none/address", *ANYWHERE], Exit.OUTPUT, "none/address cannot be written"),
        (["--json", "a.json", "--report", "b.html", "--report", "./a.json"], Exit.USAGE, "name another file"),
        (["--report", "a.json", "--report", "./a.json"], Exit.USAGE, "name each file once"),
        (["--report", "report.txt"], Exit.USAGE, "end its name in .json or .html"),
        (["--report", "report"], Exit.USAGE, "end its name in .json or .html"),
        (["--json", "-"], Exit.USAGE, "name a file"),
        (["--json", "taken.jsonl", "--force", "--resume"], Exit.USAGE, "give one of them"),
        (["--force"], Exit.USAGE, "--force says nothing without --json or --output"),
        (["--resume"], Exit.USAGE, "--resume says nothing without --json or --output"),
        (["--output", "-"], Exit.USAGE, "name a file"),
        (["--output", "out.avi"], Exit.USAGE, ".mp4"),
        (["--output", "none/out.mp4"], Exit.OUTPUT, "create the folder first"),
        (["--output", "none/pictures/"], Exit.OUTPUT, "create the folder first"),
        (["--output", "taken.mp4"], Exit.OUTPUT, "taken.mp4 exists"),
        (["--json", "new.jsonl", "--output", "taken.mp4"], Exit.OUTPUT, "taken.mp4 exists"),
        (["--output", "a.mp4", "--output", "./a.mp4"], Exit.USAGE, "two outputs would be a.mp4"),
        (["--json", "a.mp4", "--output", "a.mp4"], Exit.USAGE, "two outputs would be a.mp4"),
        (["--timeout", "-1"], Exit.USAGE, "--timeout"),
        (["clip.mp4"], Exit.USAGE, "unexpected extra argument"),
    ],
)
def test_what_cannot_be_ends_with_one_line_and_its_own_code(
    arguments: list[str],
    code: Exit,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Each mistake names what is wrong, and what to do; rows of somebody else are left alone."""
    monkeypatch.chdir(tmp_path)
    taken = [tmp_path / "taken.jsonl", tmp_path / "taken.mp4"]
    for path in taken:
        path.write_text("precious\n")
    left, lines = outcome(capfd, *arguments)
    assert left == code
    assert said in lines[-1]
    assert [path.read_text() for path in taken] == ["precious\n"] * 2
    assert sorted(tmp_path.iterdir()) == taken, "a refused run leaves nothing"


def test_outputs_are_checked_before_an_address_is_bound(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With both wrong it is the output that is reported: nobody was ever let in."""
    arguments = ["--bind", "nonsense", "--json", str(tmp_path / "none" / "out.jsonl")]
    assert outcome(capfd, *arguments)[0] == Exit.OUTPUT


def test_it_gives_up_when_no_producer_comes_and_reports_that(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It says where it listened, ends with the code for it, and leaves a report of nothing."""
    address, report = tmp_path / "address", tmp_path / "report.json"
    arguments = ["--timeout", "0.1", "--json", str(tmp_path / "out.jsonl"), "--report", str(report)]
    left, lines = outcome(capfd, *ANYWHERE, *arguments, "--address-file", str(address))
    assert left == Exit.TIMEOUT
    assert lines == [
        f"vinofleet collector: listening on {address.read_text().strip()}",
        "vinofleet collector: waiting for a producer",
        "vinofleet collector: error: no producer came within 0.1 s: start one whose --collector is this address",
    ]
    assert sorted(tmp_path.iterdir()) == [address, report], "the output was empty"
    assert json.loads(report.read_text())["frames"] == {"captured": 0, "ok": 0, "failed": 0, "dropped": 0}
