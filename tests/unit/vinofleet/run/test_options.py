"""Options of the roles that `run` has too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import collector.cli
import producer.cli
from vinofleet.run import app, cli
from vinofleet.run.app import RunOptions
from vinofleet.run.options import PASSED, as_arguments, role_option

HEAVY = ("av", "cv2", "openvino", "numpy", "zmq", "rich", "asyncio", "producer.app", "worker.app", "collector.app")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[RunOptions]:
    """What the command would run."""
    asked: list[RunOptions] = []
    monkeypatch.setattr(app, "run_fleet", asked.append)
    return asked


def run(*arguments: str) -> None:
    """Invoke the command."""
    result = CliRunner().invoke(cli.command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_an_option_is_the_roles_own() -> None:
    """It is declared once, whoever shows it."""
    assert role_option("model") in producer.cli.command.params
    assert role_option("report") in collector.cli.command.params
    with pytest.raises(KeyError):
        role_option("bind")


def test_every_role_option_is_shown_and_goes_somewhere() -> None:
    """None is taken and then lost, and none is passed on that could not be given."""
    passed = {name for _, names in PASSED.values() for name in names}
    assert passed == set(cli.ORDER) - {"source", "workers", "bind", "config"}
    assert [param.name for param in cli.command.params] == list(cli.ORDER)


def test_only_what_was_given_is_passed_on(ran: list[RunOptions]) -> None:
    """A role has its own defaults."""
    run("a.mp4", "--model", "m.xml", "--threshold", "0.5", "--report", "r.json", "--report", "r.html", "--force")
    assert ran[0].source == ("a.mp4",)
    passed = ran[0].passed
    assert as_arguments("producer", passed) == ["--model=m.xml", "--threshold=0.5"]
    assert as_arguments("collector", passed) == ["--report=r.json", "--report=r.html", "--force"]
    assert as_arguments("worker", passed) == []


def test_an_option_of_two_roles_goes_to_both(ran: list[RunOptions]) -> None:
    """They are to agree."""
    run("a.mp4", "--model", "m.xml", "--transport", "inline", "--timeout", "3", "--cache-dir", "models")
    passed = ran[0].passed
    assert as_arguments("producer", passed) == ["--model=m.xml", "--transport=inline", "--timeout=3.0"]
    assert as_arguments("worker", passed) == ["--transport=inline", "--cache-dir=models"]
    assert as_arguments("collector", passed) == ["--timeout=3.0"]


def test_what_a_device_is_told_reaches_the_workers(ran: list[RunOptions], tmp_path: Path) -> None:
    """Also a "no", from the command line or a file, and not what nobody said."""
    run("a.mp4", "--model=m.xml", "--hint=latency", "--streams=1", "--nireq=2", "--threads=3", "--no-pin")
    expected = ["--hint=latency", "--streams=1", "--nireq=2", "--threads=3", "--no-pin"]
    assert as_arguments("worker", ran[0].passed) == expected
    path = tmp_path / "fleet.toml"
    path.write_text("model = 'm.xml'\nhint = 'none'\npin = false\n")
    run("a.mp4", "--config", str(path))
    assert as_arguments("worker", ran[1].passed) == ["--hint=none", "--no-pin"]
    run("a.mp4", "--config", str(path), "--pin")
    assert as_arguments("worker", ran[2].passed) == ["--hint=none", "--pin"]


def test_what_is_passed_on_arrives(ran: list[RunOptions]) -> None:
    """Also a value that looks like an option, and paths with spaces."""
    run("a.mp4", "--model=-m.xml", "--labels", "a b,c", "--stream", "s", "--json", "-out dir/o.jsonl")
    words = as_arguments("producer", ran[0].passed)
    context = producer.cli.command.make_context("producer", [*words, "--", *ran[0].source])
    assert context.params["model"] == "-m.xml"
    assert context.params["labels"] == "a b,c"
    assert context.params["stream"] == ("s",)
    told: dict[str, Any] = collector.cli.command.make_context(
        "collector", as_arguments("collector", ran[0].passed)
    ).params
    assert "-out dir/o.jsonl" in str(told["json"])


def test_sources_of_the_command_line_do_not_have_the_files_names(tmp_path: Path, ran: list[RunOptions]) -> None:
    """Names belong to the sources beside which they stand."""
    path = tmp_path / "fleet.toml"
    path.write_text("model = 'm.xml'\n[[source]]\nuri = 'a.mp4'\nname = 'door'\n")
    run("--config", str(path), "b.mp4")
    assert ran[0].source == ("b.mp4",)
    assert "stream" not in ran[0].passed
    run("--config", str(path))
    assert ran[1].source == ("a.mp4",)
    assert ran[1].passed["stream"] == ("door",)
    path.write_text("model = 'm.xml'\nstream = ['door']\n")
    run("--config", str(path), "b.mp4")
    assert ran[2].passed["stream"] == ("door",)


def test_its_help_loads_no_role_and_no_heavy_library() -> None:
    """Help is there at once."""
    program = (
        "import sys\nfrom vinofleet.cli import main\ntry:\n    main()\n"
        f"except SystemExit as left:\n    print('LOADED', [m for m in {HEAVY!r} if m in sys.modules], left.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, "run", "--help"], capture_output=True, text=True, check=True)
    assert "Examples:" in done.stdout
    assert done.stdout.splitlines()[-1] == "LOADED [] 0"
