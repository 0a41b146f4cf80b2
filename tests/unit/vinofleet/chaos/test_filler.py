"""Which disks may be filled; that one is filled is shown on a small one (tests/faults)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from common.errors import DiskFullError, OutputError, UsageError
from vinofleet.chaos import filler
from vinofleet.chaos.filler import Filler, check_filling


def test_the_systems_own_disk_is_spared_unless_somebody_says_so(tmp_path: Path) -> None:
    """Temporary files lie on it."""
    with pytest.raises(UsageError, match="the system or you need"):
        check_filling(tmp_path, any_size=False)
    check_filling(tmp_path, any_size=True)


def test_a_large_disk_is_spared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is nobody's that we know; a small one may be filled."""
    monkeypatch.setattr(filler.tempfile, "gettempdir", lambda: "/proc")  # type: ignore[attr-defined]
    monkeypatch.setattr(Path, "home", lambda: Path("/proc"))
    real = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path: SimpleNamespace(st_dev=1) if path == Path("/") else real(path))
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_blocks=10**7, f_frsize=4096))
    with pytest.raises(UsageError, match=r"of 41\.0 GB"):
        check_filling(tmp_path, any_size=False)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_blocks=100, f_frsize=4096))
    check_filling(tmp_path, any_size=False)


def test_what_is_no_folder_cannot_be_filled(tmp_path: Path) -> None:
    """Neither checked nor done."""
    with pytest.raises(UsageError, match="is no folder"):
        check_filling(tmp_path / "no", any_size=True)
    with pytest.raises(OutputError, match="cannot be filled"):
        Filler(tmp_path / "no")


def test_a_disk_that_is_full_already_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nobody's fault, and passes."""

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(filler.tempfile, "TemporaryFile", full)  # type: ignore[attr-defined]
    with pytest.raises(DiskFullError, match="x is full"):
        Filler(Path("x"))


def full_after(room: int) -> Callable[[bytes], int]:
    """A disk's write."""
    left = [room]

    def write(data: bytes) -> int:
        if len(data) > left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= len(data)
        return len(data)

    return write


@pytest.mark.parametrize(("leave", "taken"), [(0, 70_001), (1, 70_000), (10**6, 0)])
def test_it_takes_all_but_what_is_left(monkeypatch: pytest.MonkeyPatch, leave: int, taken: int) -> None:
    """To the byte; giving it back is closing the file."""

    class Disk:
        def __init__(self) -> None:
            self.room, self.size, self.closed = full_after(70_001), 0, False

        def write(self, data: bytes) -> int:
            count = self.room(data)
            self.size += count
            return count

        def tell(self) -> int:
            return self.size

        def truncate(self, size: int) -> None:
            self.size = size

        def close(self) -> None:
            self.closed = True

    disk = Disk()
    monkeypatch.setattr(filler.tempfile, "TemporaryFile", lambda **_: disk)  # type: ignore[attr-defined]
    held = Filler(Path("anywhere"), leave)
    assert (held.taken_bytes, disk.size, disk.closed) == (taken, taken, False)
    held.close()
    assert disk.closed
