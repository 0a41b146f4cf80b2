"""Each command of the table in docs/notebook.md is run, as it stands there, in a folder with a clip and a picture."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import pytest

from common.exits import Exit
from tests.process.media import street_clip
from tests.process.roles import PATIENCE_S, ROOT, Shell
from tests.process.screens import Screen
from tests.process.web import serving
from tests.unit.common.zoo.small import small_zoo_in

pytestmark = [pytest.mark.tour, pytest.mark.timeout(300)]

TABLE: Final = (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8").partition("## What it does wrong")[0]
ELSEWHERE: Final = "https://example.com"
"""Where the table's clip is; a test has it on this machine."""
FRAMES: Final = 24


class Row(NamedTuple):
    """One of the table."""

    cell: str
    there: str
    here: str

    @property
    def snippets(self) -> list[str]:
        """What is typed, of its last column."""
        return re.findall(r"`([^`]+)`", self.here)

    @property
    def commands(self) -> list[list[str]]:
        """Its command lines, as the words after `vinofleet`."""
        return [shlex.split(snippet)[1:] for snippet in self.snippets if snippet.startswith("vinofleet ")]

    @property
    def script(self) -> str:
        """Its lines of Python, imports first; empty if it has none."""
        lines = [snippet for snippet in self.snippets if snippet.startswith(("from ", "for ", "show("))]
        return "\n".join(sorted(lines, key=lambda line: not line.startswith("from ")))


def rows() -> Iterator[Row]:
    """All of them."""
    for line in TABLE.splitlines():
        cells = line.strip("|").split(" | ")
        if len(cells) == len(Row._fields) and not set(line) <= set("|- "):
            yield Row(*(cell.strip() for cell in cells))


ROWS: Final = list(rows())[1:]
COMMANDS: Final = [pytest.param(words, id=f"{row.cell}: {words[0]}") for row in ROWS for words in row.commands]
SCRIPTS: Final = [pytest.param(row.script, id=row.cell) for row in ROWS if row.script]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: Screen) -> Iterator[Path]:
    """A folder with `video.mp4` and `photo.jpg`, a screen, and a mirror of the models, of which one is asked for."""
    folder = tmp_path / "desk"
    folder.mkdir()
    street_clip(folder / "video.mp4", FRAMES)
    cv2.imwrite(str(folder / "photo.jpg"), np.full((48, 64, 3), 120, np.uint8))
    for name, value in screen.environment.items():
        monkeypatch.setenv(name, value)
    with small_zoo_in(tmp_path, monkeypatch):
        yield folder


def test_the_table_leaves_no_row_without_something_to_type() -> None:
    """But for the one that says which key to press, which tests of runs that are interrupted show."""
    assert len(ROWS) > 12
    assert [row.cell for row in ROWS if not row.commands and not row.script] == ["The stop button"]


@pytest.mark.parametrize("words", COMMANDS)
def test_what_one_types_in_a_shell(shell: Shell, desk: Path, words: list[str]) -> None:
    """It ends well, and writes what it was asked for; without a camera it says that there is none."""
    with serving(desk) as site:
        role = shell.run(*(word.replace(ELSEWHERE, site.address) for word in words), folder=desk)
        code = role.ends()
    if words[1:2] == ["0"] and not Path("/dev/video0").exists():
        assert (code, "camera" in "".join(role.text)) == (Exit.INPUT, True), role
        return
    assert code == Exit.OK, role
    if words[0] == "run":
        frames = 1 if words[1] == "photo.jpg" else FRAMES - _number(words, "--skip-first-frames")
        assert f"captured {frames} = ok {frames} + failed 0 + dropped 0" in "".join(role.text)
    for option in ("--json", "--output", "--report", "--chart"):
        if option in words:
            name = words[words.index(option) + 1].replace("{frame}", "000000")
            assert (desk / name).stat().st_size > 0, role


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_one_types_in_python(desk: Path, script: str) -> None:
    """It comes to its end without a word of an error, where a notebook's pictures can be shown."""
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "-c", script],
        cwd=desk,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def _number(words: list[str], option: str) -> int:
    return int(words[words.index(option) + 1]) if option in words else 0
