"""Videos: frame k is row k, whatever happens to the process, the disk or the frames."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from collector import boxes, encoder, mp4_file
from collector.appendfile import AppendFile
from collector.mp4 import Mp4Sink
from collector.paths import OutputPath
from common.errors import DiskFullError, OutputError
from common.rows import Ending, Row, Status, StreamHeader
from tests.unit.collector.videos import (
    HEADER,
    canvas,
    decoded,
    ok,
    put,
    record,
    recovered,
    same,
    sink_on,
    times,
)

FRAMES = 24


def video(path: Path, rows: list[Row], header: StreamHeader = HEADER, *, end: bool = True) -> Path:
    """A video of one stream, finished or as a killed process leaves it."""
    sink = sink_on(path)
    sink.open(header, 1, ())
    put(sink, rows, header)
    if end:
        sink.end(header.name, Ending.COMPLETE, "")
    sink.close()
    return path


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of FRAMES frames, with two key frames, that nobody finished."""
    return video(tmp_path_factory.mktemp("mp4") / "growing.mp4", [ok(number) for number in range(FRAMES)], end=False)


@pytest.fixture
def copy(growing: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copy(growing, tmp_path / "clip.mp4"))


@pytest.mark.parametrize("end", [True, False])
def test_a_player_gets_every_frame_at_its_time(tmp_path: Path, *, end: bool) -> None:
    """As many frames as rows, 10 a second, in the colours that were put in; also before the end of the run."""
    path = video(tmp_path / "clip.mp4", [ok(number) for number in range(FRAMES)], end=end)
    with av.open(path) as container:
        (stream,) = container.streams.video
        assert (stream.average_rate, stream.frames) == (Fraction(10), FRAMES if end else 0)
        assert container.duration == FRAMES * 100_000
        assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (6, 1)
    assert times(path) == [Fraction(number, 10) for number in range(FRAMES)]
    pictures = decoded(path)
    assert len(pictures) == FRAMES
    for number, picture in enumerate(pictures):
        assert np.abs(picture.astype(int) - canvas(number)).mean() < 10
        assert np.abs(picture.astype(int) - canvas(number + 1)).mean() > 50


@pytest.mark.parametrize("end", [True, False])
def test_a_variable_frame_rate_is_kept(tmp_path: Path, *, end: bool) -> None:
    """Each frame is shown when its row says, counted from the first."""
    stamps = [7_000, 7_001, 7_900, 8_000, 30_000, 30_040]
    header = replace(HEADER, time_base=Fraction(1, 90_000), rate=Fraction(30))
    path = video(tmp_path / "clip.mp4", [ok(number, pts) for number, pts in enumerate(stamps)], header, end=end)
    assert times(path) == [Fraction(pts - stamps[0], 90_000) for pts in stamps]


def test_rows_without_a_time_stamp_follow_one_frame_later(tmp_path: Path) -> None:
    """Nobody knows better; rows that do are right again."""
    path = video(tmp_path / "clip.mp4", [ok(0, None), ok(1, None), ok(2, 5), ok(3, None), ok(4, 2)])
    assert times(path) == [Fraction(ms, 1000) for ms in (0, 100, 500, 600, 601)]


@pytest.mark.parametrize("size", [(1, 1), (33, 17), (16, 16), (426, 240)])
def test_any_size_has_its_video(tmp_path: Path, size: tuple[int, int]) -> None:
    """Odd sides are rounded up."""
    header = replace(HEADER, width=size[0], height=size[1])
    path = video(tmp_path / "clip.mp4", [ok(number) for number in range(3)], header)
    shape = canvas(0, header).shape
    assert [picture.shape for picture in decoded(path)] == [shape] * 3


def test_frames_that_failed_or_were_dropped_are_frames(tmp_path: Path) -> None:
    """They have their place and time like any other."""
    rows = [ok(0), Row("clip", 1, 1, Status.FAILED, "poison"), Row("clip", 2, None, Status.DROPPED, "producer_lost")]
    assert times(video(tmp_path / "clip.mp4", rows)) == [0, Fraction(1, 10), Fraction(2, 10)]


def test_a_process_killed_at_any_byte_leaves_whole_frames(tmp_path: Path) -> None:
    """Cut at every offset, the file is counted right; torn in a frame's head, it plays even as it is."""
    data = video(tmp_path / "whole.mp4", [ok(number) for number in range(3)], end=False).read_bytes()
    path, ends = tmp_path / "clip.mp4", [0, *frame_ends(tmp_path / "whole.mp4")]
    path.write_bytes(data)
    for size in reversed(range(len(data) + 1)):
        os.truncate(path, size)
        found = recovered(path)[1]
        assert found == sum(end <= size for end in ends[1:])
        if found and size - ends[found] in {0, 60}:
            assert len(decoded(path)) == found


@pytest.mark.parametrize("torn", [0, 1, 108, 400])
def test_a_torn_end_goes_when_the_stream_opens(growing: Path, copy: Path, torn: int) -> None:
    """Then the file ends with its last whole frame, or is empty."""
    data, ends = growing.read_bytes(), [0, *frame_ends(growing)]
    for frames in (0, 1, 5):
        copy.write_bytes(data[: ends[frames] + torn])
        sink, found = recovered(copy)
        sink.open(HEADER, 1, ())
        sink.close()
        assert (found, copy.read_bytes()) == (frames, data[: ends[frames]])


def frame_ends(path: Path) -> list[int]:
    """Where each frame ends, as another parser sees it."""
    with av.open(path) as container:
        return [(packet.pos or 0) + packet.size for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("torn", [0, 50, 150])
@pytest.mark.parametrize("kept", [0, 1, 7, 20, 21, 23])
def test_a_continued_file_plays_as_one(growing: Path, copy: Path, kept: int, torn: int) -> None:
    """What was there is unchanged, what follows begins with a key frame, and times go on."""
    undisturbed = decoded(growing)
    data, ends = growing.read_bytes(), [0, *frame_ends(growing)]
    copy.write_bytes(data[: ends[kept] + torn])
    sink, found = recovered(copy)
    assert found == kept
    sink.open(HEADER, 2, ())
    put(sink, [ok(number) for number in range(kept, FRAMES)])
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    assert copy.read_bytes()[44 : ends[kept]] == data[44 : ends[kept]]
    pictures = decoded(copy)
    assert same(pictures[:kept], undisturbed[:kept])
    assert len(pictures) == FRAMES
    assert np.abs(pictures[-1].astype(int) - canvas(FRAMES - 1)).mean() < 10
    assert times(copy) == [Fraction(number, 10) for number in range(FRAMES)]


@pytest.mark.parametrize("kept", [0, 1, 9, FRAMES])
def test_a_finished_file_goes_on_after_a_cut(tmp_path: Path, growing: Path, kept: int) -> None:
    """--resume takes frames away and puts others there; the index is that of the new file."""
    path = video(tmp_path / "clip.mp4", [ok(number, number + 40) for number in range(FRAMES)])
    sink, found = recovered(path)
    assert found == FRAMES
    sink.truncate({"clip": kept})
    assert recovered(path)[1] == kept
    sink.open(HEADER, 2, ())
    put(sink, [ok(number, number + 40) for number in range(kept, FRAMES + 5)])
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    assert times(path) == [Fraction(number, 10) for number in range(FRAMES + 5)]
    assert same(decoded(path)[:kept], decoded(growing)[:kept])


def test_a_finished_file_that_nobody_continues_stays_as_it_is(tmp_path: Path) -> None:
    """Looking at it, and hearing once more that its stream has ended, changes no byte."""
    path = video(tmp_path / "clip.mp4", [ok(0), ok(1)])
    before = path.read_bytes()
    sink, _ = recovered(path)
    sink.truncate({"clip": 2})
    sink.end("clip", Ending.INCOMPLETE, "producer lost")
    sink.close()
    assert path.read_bytes() == before


def test_a_file_of_another_encoder_is_not_continued(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its frames could not be decoded with the parameters that the file began with."""
    monkeypatch.setattr(encoder, "_OPTIONS", {"preset": "medium", "tune": "zerolatency"})
    before = copy.read_bytes()
    sink, _ = recovered(copy)
    with pytest.raises(OutputError, match=r"another version of the encoder, .*: restore it, or add --force"):
        sink.open(HEADER, 1, ())
    assert copy.read_bytes() == before


def test_a_file_of_another_rate_is_not_continued(copy: Path) -> None:
    """Its parameter sets name the rate; whoever resumes with another one is told."""
    sink, _ = recovered(copy)
    with pytest.raises(OutputError, match=r"begun at another frame rate or .*: restore it, or add --force"):
        sink.open(replace(HEADER, rate=HEADER.rate + 1), 2, ())
    sink.close()


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A disk with room for so many bytes at a time; where there is none, a part is written first."""
    room: list[int] = [10**9]
    pwrite = os.pwrite

    def limited(handle: int, data: bytes, at: int) -> int:
        if room[0] == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = pwrite(handle, data[: room[0]], at)
        room[0] -= done
        return done

    monkeypatch.setattr(os, "pwrite", limited)
    yield room
    room[0] = 10**9


@pytest.mark.parametrize("room", [0, 1, 500, 900, 1200])
def test_a_full_disk_costs_nothing_once_there_is_room(
    tmp_path: Path, growing: Path, narrow: list[int], room: int
) -> None:
    """Rows may be taken while there is none; the file is the same to the byte."""
    path = tmp_path / "clip.mp4"
    sink = sink_on(path)
    sink.open(HEADER, 1, ())
    put(sink, [ok(0)])
    narrow[0] = room
    for number in range(1, 4):
        sink.take(ok(number), canvas(number))
    size = path.stat().st_size
    for _ in range(2):
        with pytest.raises(DiskFullError):
            sink.flush()
        assert path.stat().st_size == size
        narrow[0] = 0
    narrow[0] = 10**9
    sink.flush()
    put(sink, [ok(number) for number in range(4, FRAMES)])
    sink.close()
    assert path.read_bytes() == growing.read_bytes()


def test_an_end_on_a_full_disk_is_repeated(tmp_path: Path, narrow: list[int]) -> None:
    """The index comes when there is room, once; until then the file plays as it is."""
    rows = [ok(number) for number in range(5)]
    whole = video(tmp_path / "whole.mp4", rows).read_bytes()
    path = tmp_path / "clip.mp4"
    sink = sink_on(path)
    sink.open(HEADER, 1, ())
    put(sink, rows)
    narrow[0] = 300
    with pytest.raises(DiskFullError):
        sink.end("clip", Ending.COMPLETE, "")
    assert len(decoded(path)) == 5
    narrow[0] = 10**9
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    assert path.read_bytes() == whole


def test_an_index_is_not_appended_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it was there already and only its coming into force has failed."""
    rows = [ok(0), ok(1)]
    whole = video(tmp_path / "whole.mp4", rows).read_bytes()
    path = tmp_path / "clip.mp4"
    sink = sink_on(path)
    sink.open(HEADER, 1, ())
    put(sink, rows)
    cover = mp4_file._write_cover
    monkeypatch.setattr(mp4_file, "_write_cover", refuse)
    with pytest.raises(DiskFullError):
        sink.end("clip", Ending.COMPLETE, "")
    monkeypatch.setattr(mp4_file, "_write_cover", cover)
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    assert path.read_bytes() == whole


def test_an_index_is_on_the_disk_before_it_is_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or after a power loss the cover would lead to nothing."""
    sink = sink_on(tmp_path / "clip.mp4")
    sink.open(HEADER, 1, ())
    put(sink, [ok(0)])
    steps: list[str] = []
    monkeypatch.setattr(AppendFile, "sync", lambda _: steps.append("sync"))
    monkeypatch.setattr(mp4_file, "_write_cover", lambda *_: steps.append("cover"))
    sink.end("clip", Ending.COMPLETE, "")
    assert steps == ["sync", "cover"]


def test_a_finished_file_is_whole_at_each_step_of_its_reopening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its index goes only when the frames are found without it."""
    path = video(tmp_path / "clip.mp4", [ok(number) for number in range(3)])
    sink, _ = recovered(path)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "truncate", die)
    with pytest.raises(KeyboardInterrupt):
        sink.truncate({"clip": 2})
    assert path.read_bytes()[boxes.COVER_AT :].startswith(boxes.OPEN_COVER)
    assert len(decoded(path)) == 3


def refuse(path: Path, data: bytes) -> None:
    """A file system that copies on write has no room to change a byte."""
    raise DiskFullError(f"{path}: {len(data)} bytes are too much")


def test_streams_have_files_of_their_own(tmp_path: Path) -> None:
    """Frames may come mixed; each file has its stream's size."""
    headers = [replace(HEADER, name="a"), replace(HEADER, name="b", width=48)]
    sink = sink_on(tmp_path / "{stream}.mp4")
    assert not sink.single
    for header in headers:
        sink.open(header, 1, ())
    for number in range(3):
        for header in headers:
            put(sink, [ok(number, stream=header.name)], header)
    for header in headers:
        sink.end(header.name, Ending.COMPLETE, "")
    sink.close()
    assert [len(decoded(tmp_path / f"{name}.mp4")) for name in "ab"] == [3, 3]
    assert decoded(tmp_path / "b.mp4")[0].shape == (24, 48)


def test_a_file_without_a_placeholder_holds_one_stream(tmp_path: Path) -> None:
    """It says so, and refuses a journal that knows of several."""
    sink = sink_on(tmp_path / "clip.mp4")
    assert sink.single
    sink.close()
    other = {**record(), **record(replace(HEADER, name="other"))}
    with pytest.raises(OutputError, match="holds one stream, its journal has several"):
        Mp4Sink(OutputPath(tmp_path / "clip.mp4"), overwrite=False).recover(other)


def test_a_stream_may_open_again(tmp_path: Path) -> None:
    """A producer that resumes continues the same video."""
    path = tmp_path / "clip.mp4"
    sink = sink_on(path)
    sink.open(HEADER, 1, ())
    put(sink, [ok(0), ok(1)])
    sink.open(HEADER, 2, ())
    put(sink, [ok(2)])
    sink.sync()
    sink.close()
    assert len(decoded(path)) == 3


@pytest.mark.parametrize("name", ["clip.mp4", "{stream}.mp4"])
def test_somebody_elses_file_is_left_alone(tmp_path: Path, name: str) -> None:
    """Unless it may be overwritten."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a film")
    with pytest.raises(OutputError, match=r"clip\.mp4 exists: choose another name or add --force"):
        sink_on(tmp_path / name).open(HEADER, 1, ())
    assert path.read_bytes() == b"a film"
    sink = sink_on(tmp_path / name, overwrite=True)
    sink.open(HEADER, 1, ())
    put(sink, [ok(0)])
    sink.close()
    assert len(decoded(path)) == 1


def test_a_stream_without_frames_leaves_an_empty_file(tmp_path: Path) -> None:
    """There is nothing to play, and nothing to continue but the first frame."""
    path = video(tmp_path / "clip.mp4", [])
    assert path.stat().st_size == 0
    assert recovered(path)[1] == 0


def test_a_run_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    """Files that were there before stay, empty as they were."""
    (tmp_path / "a.mp4").touch()
    sink = sink_on(tmp_path / "{stream}.mp4")
    for name in "ab":
        sink.open(replace(HEADER, name=name), 1, ())
    sink.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_stream_that_cannot_be_encoded_leaves_nothing(tmp_path: Path) -> None:
    """Its file is closed once, and goes with the run."""
    sink = sink_on(tmp_path / "clip.mp4")
    with pytest.raises(OutputError, match="clip cannot be encoded as 16384x16384"):
        sink.open(replace(HEADER, width=16384, height=16384), 1, ())
    sink.discard()
    assert not list(tmp_path.iterdir())


def test_a_missing_encoder_is_found_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and no file is there."""
    monkeypatch.setattr(av, "codecs_available", set())
    with pytest.raises(OutputError, match="libx264"):
        sink_on(tmp_path / "clip.mp4")
    assert not list(tmp_path.iterdir())
