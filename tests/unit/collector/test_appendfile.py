"""A file that is appended to: all or nothing, one process at a time, never over somebody else's."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from collector import appendfile
from collector.appendfile import AppendFile, HeldError
from common.errors import DiskFullError, OutputError


def test_it_knows_whether_it_was_there(tmp_path: Path) -> None:
    """So that who made it can remove it."""
    for created in (True, False):
        file = AppendFile.create(tmp_path / "out", overwrite=False)
        assert file.created is created
        file.close()


@pytest.mark.parametrize("reason", [KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")])
def test_what_was_made_is_gone_if_it_cannot_be_made_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: BaseException
) -> None:
    """An interrupt in the middle as well; what was there before stays."""

    def fail(_folder: Path) -> None:
        raise reason

    monkeypatch.setattr(appendfile, "sync_folder", fail)
    (tmp_path / "there").touch()
    for name in ("new", "there"):
        with pytest.raises((KeyboardInterrupt, OutputError)):
            AppendFile.create(tmp_path / name, overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, DiskFullError), (errno.EIO, OutputError)])
def test_a_write_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[OutputError]
) -> None:
    """The file ends where it did, and takes the same bytes later."""
    file = AppendFile.create(tmp_path / "out", overwrite=False)
    file.append(b"one\n")
    real = os.pwrite

    def half(handle: int, data: memoryview, offset: int) -> int:
        if len(data) <= 2:
            raise OSError(number, os.strerror(number))
        return real(handle, data[:2], offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", half)
        with pytest.raises(kind) as failed:
            file.append(b"two\n")
    assert type(failed.value) is kind
    assert (tmp_path / "out").read_bytes() == b"one\n"
    file.append(b"two\n")
    file.close()
    assert (tmp_path / "out").read_bytes() == b"one\ntwo\n"


def test_a_limit_is_no_full_disk(tmp_path: Path) -> None:
    """It does not pass by waiting, and what fits under it before is still there."""
    file = AppendFile.create(tmp_path / "out", overwrite=False)
    file.append(bytes(10))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        with pytest.raises(OutputError, match="File too large") as failed:
            file.append(bytes(10))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not isinstance(failed.value, DiskFullError)
    assert (tmp_path / "out").stat().st_size == 10
    file.close()


def test_room_that_was_promised_and_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed sync nobody knows what is on the disk: trying again would hide that."""

    def full(handle: int) -> None:
        del handle
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = AppendFile.create(tmp_path / "out", overwrite=False)
    file.append(b"x")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="cannot be synced") as failed:
        file.sync()
    assert not isinstance(failed.value, DiskFullError)
    file.close()


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    """A second one is refused however it opens the file, until the first has closed it."""
    file = AppendFile.create(tmp_path / "out", overwrite=False)
    with pytest.raises(HeldError, match="held by another"):
        AppendFile.reopen(tmp_path / "out")
    with pytest.raises(HeldError, match="held by another"):
        AppendFile.create(tmp_path / "out", overwrite=True)
    file.close()
    AppendFile.reopen(tmp_path / "out").close()


def test_a_file_that_was_removed_meanwhile_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between opening and locking its holder removed it: rows would go where nobody finds them."""
    (tmp_path / "out").touch()
    monkeypatch.setattr("fcntl.flock", lambda *_: (tmp_path / "out").unlink())
    with pytest.raises(HeldError, match="just removed"):
        AppendFile.reopen(tmp_path / "out")
