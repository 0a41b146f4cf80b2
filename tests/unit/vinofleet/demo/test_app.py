"""What the demo asks of a run, and what it makes of its end; the run itself is a stand-in here."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from common.errors import OutputError, VinofleetError
from common.exits import Exit
from common.street import Scene, truth
from common.zoo.names import open_zoo
from vinofleet.demo import app
from vinofleet.run.app import RunOptions

Ran = Callable[[RunOptions], Exit]
SEED = 7
OWN = {"demo.jsonl", "demo.mp4", "demo-report.json", "demo-report.html"}


@pytest.fixture
def found() -> list[int]:
    """How many the run finds in each frame; a test may change it."""
    return [1, 3, 2]


def row(number: int, count: int) -> str:
    """A line of --json with the first few of those who are there."""
    people = truth(Scene(6, 1280, 720, Fraction(25), SEED), number)
    boxes = people[people[:, 4] > 0.9][:count, :4].tolist()
    return json.dumps({"detections": [{"score": 0.9, "box": box} for box in boxes]})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, found: list[int]) -> list[RunOptions]:
    """What was asked of a run that writes rows, and ends well; a frame is saved as its number."""
    runs: list[RunOptions] = []

    def run(options: RunOptions) -> Exit:
        runs.append(options)
        options.passed["json"].write_text("".join(f"{row(*each)}\n" for each in enumerate(found)))
        return Exit.OK

    monkeypatch.setattr(app, "run_fleet", run)
    monkeypatch.setattr(app, "save_frame", lambda _video, number, picture: picture.write_text(str(number)))
    return runs


def demo(folder: Path) -> Exit:
    """Run it with small numbers."""
    return app.run_demo(folder, frames=3, workers=2, seed=SEED)


def test_the_run_reads_a_street_and_writes_into_the_folder_only(asked: list[RunOptions], tmp_path: Path) -> None:
    """Of the length and seed asked for, with a comparison, by the embedded model."""
    folder = tmp_path / "new" / "demo"
    assert demo(folder) is Exit.OK
    (options,) = asked
    assert options.source[0].startswith("synthetic://street?")
    assert {"frames=3", f"seed={SEED}"} <= set(options.source[0].partition("?")[2].split("&"))
    assert (options.workers, options.passed["model"], options.passed["score"]) == (2, "vinofleet-person", True)
    paths = [options.passed["json"], *map(Path, options.passed["output"]), *options.passed["report"]]
    assert {path.name for path in paths} == OWN
    assert {path.parent for path in paths} == {folder}


@pytest.mark.usefixtures("asked")
def test_the_picture_is_the_best_frame_and_the_end_says_what_is_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With paths that a shell takes as they are."""
    folder = tmp_path / "my demo"
    demo(folder)
    assert (folder / "demo.png").read_text() == "1"
    said = capsys.readouterr().out
    assert f"'{folder}/demo.png', which is its frame 1: 3 of " in said
    assert "vinofleet run YOUR-CLIP.mp4 --model vinofleet-person --output out.mp4\n" in said


@pytest.mark.usefixtures("asked")
def test_what_else_lies_in_the_folder_stays(tmp_path: Path) -> None:
    """A second demo replaces the first one's picture and nothing of other names."""
    for name in ("clip.mp4", "demo.txt", "demo.png"):
        (tmp_path / name).write_text("mine")
    demo(tmp_path)
    texts = {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != "demo.jsonl"}
    assert texts == {"clip.mp4": "mine", "demo.txt": "mine", "demo.png": "1"}


@pytest.mark.parametrize("code", [Exit.INCOMPLETE, Exit.INTERRUPTED])
def test_a_run_that_does_not_end_well_is_passed_on_without_a_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: Exit
) -> None:
    """Not even that of an earlier demo is left, and nothing is promised."""
    monkeypatch.setattr(app, "run_fleet", lambda _options: code)
    (tmp_path / "demo.png").touch()
    assert demo(tmp_path) is code
    assert not list(tmp_path.iterdir())
    assert not capsys.readouterr().out


@pytest.mark.usefixtures("asked")
def test_a_demo_that_finds_nobody_is_a_failure(found: list[int], tmp_path: Path) -> None:
    """There are people in every street: who sees none is broken, however complete the run."""
    found[:] = [0, 0, 0]
    with pytest.raises(VinofleetError, match="nobody was found in any frame") as caught:
        demo(tmp_path)
    assert caught.value.exit_code is Exit.INTERNAL
    assert not (tmp_path / "demo.png").exists()


def test_a_folder_that_cannot_be_one_is_refused_before_the_run(asked: list[RunOptions], tmp_path: Path) -> None:
    """In one line, with what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot be used \(Not a directory\): name another folder"):
        demo(tmp_path / "file" / "demo")
    assert not asked


def test_the_models_that_it_names_are_known() -> None:
    """The one that it runs, and the larger one that it tells of."""
    assert {app.MODEL, app.LARGER} <= set(open_zoo().manifest.entries)
