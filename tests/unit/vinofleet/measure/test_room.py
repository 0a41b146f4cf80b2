"""The folder of a comparison: gone at its end; what a killed one left is gone when the next begins."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from vinofleet.measure.room import PREFIX, room


@pytest.fixture(autouse=True)
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_there_within_and_gone_afterwards(parent: Path) -> None:
    """With all that is in it; no one else's is touched meanwhile."""
    with room() as folder:
        (folder / "rows").mkdir()
        with room() as other:
            assert other != folder
        assert list(parent.iterdir()) == [folder]
    assert list(parent.iterdir()) == []


def test_what_nobody_holds_is_removed_and_nothing_else(parent: Path) -> None:
    """Not a folder of another name, not a file, and not what a link leads to."""
    left, other, file, link = (parent / name for name in (f"{PREFIX}left", "other", f"{PREFIX}file", f"{PREFIX}link"))
    (left / "rows").mkdir(parents=True)
    other.mkdir()
    file.touch()
    link.symlink_to(other)
    with room():
        pass
    assert sorted(parent.iterdir()) == sorted([other, file, link])
