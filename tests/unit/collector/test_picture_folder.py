"""Pictures: file k is row k, whole or not there."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from collector import picture_folder
from collector.paths import OutputPath
from collector.picture_folder import PictureFolderSink
from common.errors import DiskFullError, OutputError
from common.rows import Ending
from tests.unit.collector.videos import HEADER, canvas, ok, put, record

NAME = "{stream}-{frame}.png"


def sink_on(path: Path, *, overwrite: bool = False, makes_folder: bool = False) -> PictureFolderSink:
    """A sink of a new run, with the stream `clip` open."""
    sink = PictureFolderSink(OutputPath(path, makes_folder), overwrite=overwrite)
    sink.check()
    sink.create()
    sink.open(HEADER, 1, ())
    return sink


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("suffix", "error"), [("png", 0), ("jpg", 10), ("JPEG", 10)])
def test_a_row_is_a_picture(tmp_path: Path, suffix: str, error: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Numbered from 0 with 6 digits; a png has every pixel, a jpg nearly; and OpenCV has nothing to say about it."""
    sink = sink_on(tmp_path / f"{{stream}}-{{frame}}.{suffix}")
    smooth = np.full((24, 32), 128, np.uint8)
    smooth[:16] = np.arange(40, 200, 10, dtype=np.uint8)[:, None]
    for number in range(2):
        sink.take(ok(number), smooth)
    sink.flush()
    assert names(tmp_path) == [f"clip-000000.{suffix}", f"clip-000001.{suffix}"]
    shown = cv2.imread(str(tmp_path / f"clip-000001.{suffix}"))
    assert shown is not None
    assert np.abs(shown.astype(int) - cv2.cvtColor(smooth, cv2.COLOR_YUV2BGR_I420)).max() <= error
    assert capfd.readouterr().err == ""


def test_an_odd_size_is_kept(tmp_path: Path) -> None:
    """The canvas is a pixel larger, the picture is not."""
    header = replace(HEADER, width=31, height=15)
    sink = sink_on(tmp_path / NAME)
    sink.open(header, 1, ())
    put(sink, [ok(0)], header)
    shown = cv2.imread(str(tmp_path / "clip-000000.png"))
    assert shown is not None
    assert shown.shape == (15, 31, 3)


def test_a_folder_is_made_where_that_is_asked_for(tmp_path: Path) -> None:
    """And removed again, if no row came."""
    sink = sink_on(tmp_path / "new" / NAME, makes_folder=True)
    assert names(tmp_path) == ["new"]
    sink.discard()
    assert names(tmp_path) == []


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    """Also if no row came."""
    (tmp_path / "old").mkdir()
    sink_on(tmp_path / "old" / NAME, makes_folder=True).discard()
    assert names(tmp_path) == ["old"]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """Unless it is to be made."""
    with pytest.raises(OutputError, match="there is no folder"):
        sink_on(tmp_path / "none" / NAME)


def test_a_restarted_sink_counts_whole_pictures(tmp_path: Path) -> None:
    """What was being written goes, and what lies beyond a gap."""
    sink = sink_on(tmp_path / NAME)
    put(sink, map(ok, range(5)))
    sink.close()
    (tmp_path / "clip-000005.png.part").write_bytes(b"torn")
    (tmp_path / "clip-000007.png").write_bytes(b"beyond")
    (tmp_path / "clip-2-000000.png").write_bytes(b"of another stream")
    again = PictureFolderSink(OutputPath(tmp_path / NAME), overwrite=False)
    assert again.recover(record()) == {"clip": 5}
    again.truncate({"clip": 3})
    assert again.recover(record()) == {"clip": 3}
    again.open(HEADER, 2, ())
    put(again, map(ok, range(3, 5)))
    assert names(tmp_path) == [*(f"clip-{number:06d}.png" for number in range(5)), "clip-2-000000.png"]


def test_a_process_that_dies_while_it_truncates_leaves_no_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one finds all that was to stay, and no picture beyond what it finds."""
    put(sink_on(tmp_path / NAME), map(ok, range(5)))
    sink = PictureFolderSink(OutputPath(tmp_path / NAME), overwrite=False)
    sink.recover(record())
    left = [2]

    def dying(path: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        path.unlink()

    monkeypatch.setattr(picture_folder, "remove", dying)
    with pytest.raises(KeyboardInterrupt):
        sink.truncate({"clip": 2})
    assert names(tmp_path) == [f"clip-{number:06d}.png" for number in range(3)]


def test_a_picture_that_never_reached_the_disk_is_none(tmp_path: Path) -> None:
    """A power loss may leave its name and not its bytes: it is made again, and those after it."""
    sink = sink_on(tmp_path / NAME)
    put(sink, map(ok, range(4)))
    (tmp_path / "clip-000002.png").write_bytes(b"")
    again = PictureFolderSink(OutputPath(tmp_path / NAME), overwrite=False)
    assert again.recover(record()) == {"clip": 2}
    again.open(HEADER, 1, ())
    assert names(tmp_path) == ["clip-000000.png", "clip-000001.png"]


def test_somebody_elses_pictures_are_left_alone(tmp_path: Path) -> None:
    """Unless they may be overwritten; then all of this stream's go."""
    others = tmp_path / "clip-000009.png", tmp_path / "clip-9.png", tmp_path / "holiday.png"
    for other in others:
        other.write_bytes(b"a photograph")
    with pytest.raises(OutputError, match=r"clip-000009\.png exists: choose another name or add --force"):
        sink_on(tmp_path / NAME)
    assert all(other.read_bytes() == b"a photograph" for other in others)
    sink_on(tmp_path / NAME, overwrite=True)
    assert names(tmp_path) == ["clip-9.png", "holiday.png"]


def test_a_stream_may_open_again(tmp_path: Path) -> None:
    """Its pictures stay, also those that wait for a flush."""
    sink = sink_on(tmp_path / NAME)
    put(sink, [ok(0)])
    sink.take(ok(1), canvas(1))
    sink.open(HEADER, 2, ())
    sink.flush()
    assert names(tmp_path) == ["clip-000000.png", "clip-000001.png"]


def test_a_full_disk_costs_nothing_once_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No torn picture is left, and the flush goes on where it stopped."""
    sink = sink_on(tmp_path / NAME)
    for number in range(4):
        sink.take(ok(number), canvas(number))
    write, room = Path.write_bytes, [2]

    def limited(path: Path, data: bytes) -> int:
        room[0] -= 1
        if room[0] < 0:
            write(path, data[:100])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", limited)
    for _ in range(2):
        with pytest.raises(DiskFullError):
            sink.flush()
        assert names(tmp_path) == ["clip-000000.png", "clip-000001.png"]
    room[0] = 9
    sink.flush()
    assert len(names(tmp_path)) == 4
    sink.end("clip", Ending.COMPLETE, "")
    sink.sync()
    sink.close()


def test_pictures_are_synced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file and its folder; nothing if nothing is new."""
    synced: list[str] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        fsync(handle)

    sink = sink_on(tmp_path / NAME)
    put(sink, map(ok, range(2)))
    monkeypatch.setattr(os, "fsync", note)
    sink.sync()
    sink.sync()
    assert sorted(synced) == sorted(["clip-000000.png", "clip-000001.png", tmp_path.name])


def test_a_name_without_a_stream_holds_one(tmp_path: Path) -> None:
    """It says so."""
    assert sink_on(tmp_path / "{frame}.png").single
    assert not sink_on(tmp_path / NAME).single
