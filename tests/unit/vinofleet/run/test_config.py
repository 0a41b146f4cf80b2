"""Options from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from common.errors import UsageError
from vinofleet.run.cli import command
from vinofleet.run.config import read_config

OPTIONS = {
    "model": click.Option(["--model"]),
    "label-base": click.Option(["--label-base"], type=int),
    "force": click.Option(["--force"], is_flag=True),
    "report": click.Option(["--report"], multiple=True),
}


def read(tmp_path: Path, text: str) -> dict[str, Any]:
    """Read a file with this text."""
    path = tmp_path / "fleet.toml"
    path.write_text(text)
    return read_config(path, OPTIONS)


def test_keys_are_options_and_sources_have_tables(tmp_path: Path) -> None:
    """By the names that click has for them; what may be given several times may be one or a list."""
    text = """
        model = "m.xml"
        label-base = 1
        force = true
        report = ["r.json", "r.html"]
        [[source]]
        uri = "a.mp4"
        name = "door"
        [[source]]
        uri = "b.mp4"
        name = "yard"
    """
    assert read(tmp_path, text) == {
        "source": ["a.mp4", "b.mp4"],
        "stream": ["door", "yard"],
        "model": "m.xml",
        "label_base": "1",
        "force": True,
        "report": ["r.json", "r.html"],
    }
    assert read(tmp_path, 'report = "r.json"') == {"report": ["r.json"]}
    assert read(tmp_path, "") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("modell = 'm.xml'", "unknown key 'modell'"),
        ("model = 'm.xml", "is no TOML"),
        ('model = "m\\u0000.xml"', "model holds a NUL"),
        ("model = ['m.xml']", "model is ['m.xml']: write one string or number"),
        ("label-base = true", "label-base is True"),
        ("force = 1", "force is 1: write true or false"),
        ("source = 'a.mp4'", "source is no table"),
        ("[source]\nuri = 'a.mp4'", "source is no table"),
        ("[[source]]\nurl = 'a.mp4'", "unknown key 'url' in a source"),
        ("[[source]]\nname = 'a'", "a source has no uri"),
        ("[[source]]\nuri = 'a'\nname = 'x'\n[[source]]\nuri = 'b'", "1 of 2 sources have a name"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    """With the file, and what to write instead."""
    with pytest.raises(UsageError) as refused:
        read(tmp_path, text)
    assert words in str(refused.value)
    assert "fleet.toml" in str(refused.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Because it is not there, or is no text."""
    with pytest.raises(UsageError, match="No such file"):
        read_config(tmp_path / "none.toml", OPTIONS)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="no UTF-8"):
        read_config(tmp_path / "bytes.toml", OPTIONS)


def test_the_command_line_wins(tmp_path: Path) -> None:
    """And a value of the file is judged as one of the command line is."""
    path = tmp_path / "fleet.toml"
    path.write_text("model = 'm.xml'\nthreshold = 0.7\nworkers = 3\n[[source]]\nuri = 'a.mp4'\nname = 'door'\n")
    context = command.make_context("run", ["--config", str(path), "--threshold", "0.2"])
    chosen = {name: context.params[name] for name in ("source", "stream", "model", "threshold", "workers")}
    assert chosen == {"source": ("a.mp4",), "stream": ("door",), "model": "m.xml", "threshold": 0.2, "workers": 3}
    path.write_text("model = 'm.xml'\nthreshold = 7\n")
    with pytest.raises(click.BadParameter):
        command.make_context("run", ["--config", str(path), "a.mp4"])
