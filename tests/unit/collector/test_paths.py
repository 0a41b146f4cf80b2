"""Where outputs and their journals lie, and what is found before anything starts."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from collector.paths import OutputPath, output_error
from common.errors import OutputError


@pytest.mark.parametrize(
    ("path", "journal"),
    [
        (OutputPath(Path("a/out.jsonl")), "a/out.jsonl.journal"),
        (OutputPath(Path("{stream}.mp4")), "{stream}.mp4.journal"),
        (OutputPath(Path("pics/{stream}-{frame}.jpg"), makes_folder=True), "pics.journal"),
        (OutputPath(Path("pics/{stream}-{frame}.jpg")), "pics/{stream}-{frame}.jpg.journal"),
    ],
)
def test_the_journal_lies_beside_what_is_made(path: OutputPath, journal: str) -> None:
    """Beside the folder, where a folder is made: it must be there before the folder is."""
    assert path.journal == Path(journal)


def test_a_folder_that_is_made_needs_the_one_around_it(tmp_path: Path) -> None:
    """It may be there or not; what it would be made in must be."""
    path = OutputPath(tmp_path / "pics" / "{frame}.jpg", makes_folder=True)
    path.check()
    (tmp_path / "pics").mkdir()
    path.check()
    with pytest.raises(OutputError, match="no folder"):
        OutputPath(tmp_path / "none" / "pics" / "{frame}.jpg", makes_folder=True).check()
    with pytest.raises(OutputError, match="no folder"):
        OutputPath(tmp_path / "other" / "{frame}.jpg").check()


@pytest.mark.parametrize(
    ("template", "makes_folder"),
    [("", False), (".", False), ("/", False), ("./{frame}.jpg", True), ("/{frame}.jpg", True)],
)
def test_a_folder_without_a_name_is_none_to_write(template: str, makes_folder: bool) -> None:  # noqa: FBT001 - a table
    """There is nothing that a journal beside it could be called after."""
    with pytest.raises(OutputError, match="no name beside which a journal could lie: name what is in it"):
        OutputPath(Path(template), makes_folder=makes_folder)


def test_a_limit_of_open_files_is_named() -> None:
    """Each stream may have a file of its own, and there may be many."""
    error = output_error("created", Path("a.jsonl"), OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
    assert str(error) == ("a.jsonl cannot be created (Too many open files): raise the limit of open files (ulimit -n)")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """With a line, not when the first picture is written."""
    (tmp_path / "pics").write_text("precious")
    with pytest.raises(OutputError, match="no folder"):
        OutputPath(tmp_path / "pics" / "{frame}.jpg", makes_folder=True).check()
