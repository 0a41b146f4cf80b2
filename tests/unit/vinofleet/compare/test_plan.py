"""What `vinofleet compare` refuses before anything is measured, and what it makes of a source."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from common.errors import UsageError, VinofleetError
from common.exits import Exit
from tests.unit.vinofleet.measure.refusing import refusal
from vinofleet.compare.cli import command


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("missing.mp4",), Exit.INPUT, "missing.mp4 is not there"),
        (("rtsp://camera/1",), Exit.INPUT, "is no source that gives the same frames again"),
        (("synthetic://road",), Exit.INPUT, "the pictures are"),
        (("--model", "person-detection-0022"), Exit.MODEL, "did you mean person-detection-0202?"),
        (("--device", "GPUX"), Exit.DEVICE, "there is no device 'GPUX' here"),
        (("--model", "scripted://"), Exit.USAGE, "infers nothing"),
        (("--chart", "fps.svg"), Exit.USAGE, "is no PNG"),
        (("synthetic://street?frames=9", "--skip-first-frames", "9"), Exit.INPUT, "has 9 frames: skip fewer"),
        (("--json", "no/such/fps.json"), Exit.OUTPUT, "is no folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(
    arguments: tuple[str, ...], code: Exit, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the code and the line that other commands have for it."""
    error = refusal(command, arguments, monkeypatch)
    assert (error.exit_code, says in str(error)) == (code, True), error


def test_an_output_that_is_there_is_replaced_by_force_only(tmp_path: Path) -> None:
    """And a source never."""
    path = tmp_path / "fps.json"
    path.touch()
    error = CliRunner().invoke(command, ["--json", str(path)]).exception
    assert isinstance(error, VinofleetError)
    assert "say --force" in str(error)
    error = CliRunner().invoke(command, [str(path), "--json", str(path), "--force"]).exception
    assert isinstance(error, UsageError)
    assert "would be replaced" in str(error)
