"""Clashes of what a run reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from common.errors import UsageError
from vinofleet.run.outputs import check_outputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a clip, a link to it, and a model."""
    monkeypatch.chdir(tmp_path)
    for name in ("clip.mp4", "model.xml", "classes.json"):
        (tmp_path / name).touch()
    (tmp_path / "link.mp4").symlink_to("clip.mp4")
    return tmp_path


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        ({"output": ("clip.mp4",)}, r"clip\.mp4 is to be read"),
        ({"output": ("boxes.mp4", "./link.mp4")}, r"clip\.mp4 is to be read"),
        ({"output": ("{stream}.mp4",)}, r"clip\.mp4 is to be read"),
        ({"output": ("{stream}.mp4",), "stream": ("link",)}, r"clip\.mp4 is to be read"),
        ({"json": Path("clip.mp4")}, r"clip\.mp4 is to be read"),
        ({"json": Path("model.xml"), "model": "model.xml"}, r"model\.xml is to be read"),
        ({"report": (Path("classes.json"),), "labels": "classes.json"}, r"classes\.json is to be read"),
        ({"json": Path("{stream}.json"), "report": (Path("clip.json"),)}, r"--report would replace clip\.json"),
    ],
)
def test_what_is_read_or_needed_is_not_replaced(folder: Path, passed: Mapping[str, Any], text: str) -> None:
    """Whatever --force says, by another name of the same file too."""
    with pytest.raises(UsageError, match=text):
        check_outputs(["clip.mp4"], passed)
    assert (folder / "clip.mp4").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "passed",
    [
        {},
        {"output": ("boxes-{stream}.mp4", "null:"), "json": Path("out.jsonl"), "labels": "person,car"},
        {"output": ("{stream}.mp4",), "stream": ("door",), "report": (Path("clip.json"),), "model": "scripted://"},
    ],
)
def test_other_names_are_free(passed: Mapping[str, Any]) -> None:
    """Whether there is such a file or not."""
    check_outputs(["clip.mp4", "synthetic://counter"][: 1 if "stream" in passed else 2], passed)


def test_one_video_holds_one_stream() -> None:
    """And pictures without a stream's name, too."""
    for text in ("boxes.mp4", "{frame}.jpg"):
        with pytest.raises(UsageError, match=r"holds one stream, there are several sources: add \{stream\}"):
            check_outputs(["a.mp4", "b.mp4"], {"output": (text,)})
