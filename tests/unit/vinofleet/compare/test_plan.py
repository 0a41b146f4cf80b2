"""What `vinofleet compare` refuses before anything is measured, and what it makes of a source."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from common.errors import UsageError, VinofleetError
from common.exits import Exit
from tests.process.media import clip
from vinofleet.compare import app, plan
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
    monkeypatch.setattr(app, "measure", lambda *_: pytest.fail("it was measured"))
    error = CliRunner().invoke(command, arguments).exception
    assert isinstance(error, VinofleetError)
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


@pytest.mark.parametrize(
    ("asked", "skipped", "most", "given"),
    [
        ("synthetic://street", 0, 8, ("synthetic://street?frames=8", 8, False)),
        ("synthetic://street?seed=3", 0, 8, ("synthetic://street?seed=3&frames=8", 8, False)),
        ("synthetic://street?frames=20&seed=3", 0, 8, ("synthetic://street?frames=8&seed=3", 8, False)),
        ("synthetic://street?frames=5", 0, 8, ("synthetic://street?frames=5", 5, False)),
        ("synthetic://street", 3, 8, ("synthetic://street?frames=11", 8, False)),
        ("synthetic://street?frames=5", 3, 8, ("synthetic://street?frames=5", 2, False)),
    ],
)
def test_a_street_is_as_long_as_is_asked_for(asked: str, skipped: int, most: int, given: tuple[str, int, bool]) -> None:
    """So every mode is given the same, and none more than it measures."""
    assert plan._source(asked, skipped, most) == given


def test_of_a_file_it_is_known_whether_there_is_more(tmp_path: Path) -> None:
    """A fleet is told to end early only then."""
    path = str(clip(tmp_path / "clip.mp4", 10))
    assert plan._source(path, 2, 8) == (path, 8, False)
    assert plan._source(path, 2, 7) == (path, 7, True)
