"""Keywords are the options of `run`: each of them, judged as it judges them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from common.errors import UsageError
from vinofleet.api.options import RunKeywords, command_line
from vinofleet.run.cli import command


def test_every_option_is_a_keyword() -> None:
    """None is made up, and none is missing; some have a parameter of their own, or no use here."""
    options = {param.name for param in command.params if not getattr(param, "hidden", False)}
    assert set(RunKeywords.__annotations__) == options - {"source", "model", "workers", "config"}


def test_a_keyword_is_written_as_it_is_typed() -> None:
    """Paths, flags, one of several, several; None and False say nothing."""
    options = {
        "label_base": 1,
        "live": True,
        "score": False,
        "output": "a.csv",
        "report": [Path("r.json")],
        "json": None,
    }
    assert command_line(["a.mp4", Path("-b.mp4")], {"model": "m.xml", **options}) == [
        *("--model=m.xml", "--label-base=1", "--live", "--output=a.csv", "--report=r.json"),
        *("--", "a.mp4", "-b.mp4"),
    ]


def test_a_camera_is_its_number() -> None:
    """As the notebook's `source=0` was."""
    assert command_line([0, "1"], {"model": "m.xml"}) == ["--model=m.xml", "--", "0", "1"]


@pytest.mark.parametrize("options", [{"threshold": 2}, {"workers": 0}, {"timeout": "soon"}])
def test_a_value_that_run_refuses_is_refused(options: dict[str, Any]) -> None:
    """In one line."""
    with pytest.raises(UsageError, match="--" + next(iter(options))):
        command_line(["a.mp4"], options)


@pytest.mark.parametrize("name", ["tap", "config", "source", "frobnicate"])
def test_what_is_no_option_is_an_unexpected_keyword(name: str) -> None:
    """As with any function."""
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        command_line(["a.mp4"], {name: "x"})


def test_without_a_source_there_is_no_run() -> None:
    """Said at once."""
    assert isinstance(command, click.Command)
    with pytest.raises(UsageError, match="no source"):
        command_line([], {})
