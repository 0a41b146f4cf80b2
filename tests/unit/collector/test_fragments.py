"""What is found in a file: whole frames, a torn end, or a refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector import boxes
from collector.fragments import Contents, read_contents
from common.errors import OutputError
from common.rows import Ending
from tests.unit.collector.videos import HEADER, ok, put, sink_on

FRAMES = 6


@pytest.fixture
def growing(tmp_path: Path) -> Path:
    """A file of FRAMES frames that nobody finished."""
    return written(tmp_path / "growing.mp4", finish=False)


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The same, finished."""
    return written(tmp_path / "finished.mp4", finish=True)


def written(path: Path, *, finish: bool) -> Path:
    """A file of FRAMES frames."""
    sink = sink_on(path)
    sink.open(HEADER, 1, ())
    put(sink, map(ok, range(FRAMES)))
    if finish:
        sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    return path


def test_frames_are_found_in_both_states(growing: Path, finished: Path) -> None:
    """Also where the index hides them; nothing is changed by looking."""
    before = finished.read_bytes()
    one, other = read_contents(growing), read_contents(finished)
    assert (one.sizes, one.times, one.keys, one.end) == (other.sizes, other.times, other.keys, other.end)
    assert (len(one), one.keys.tolist(), one.last) == (FRAMES, [0], 500)
    assert one.end == growing.stat().st_size < finished.stat().st_size
    assert finished.read_bytes() == before


def test_zeros_at_the_end_are_torn(growing: Path) -> None:
    """Blocks that never reached the disk read as zeros."""
    whole = growing.read_bytes()
    growing.write_bytes(whole + bytes(5000))
    assert (len(read_contents(growing)), read_contents(growing).end) == (FRAMES, len(whole))


def test_a_file_of_zeros_is_empty(growing: Path) -> None:
    """Nothing of it reached the disk."""
    growing.write_bytes(bytes(10_000))
    assert len(read_contents(growing)) == 0


def test_an_index_that_never_came_into_force_is_torn(growing: Path, finished: Path) -> None:
    """A process that died while it finished leaves frames and a useless index."""
    whole = growing.read_bytes()
    growing.write_bytes(whole + finished.read_bytes()[len(whole) :])
    assert read_contents(growing).end == len(whole)


@pytest.mark.parametrize("noise", [b"x" * 9, b"x" * 5000, b"\0\0\1\0mdat" + bytes(200)])
def test_something_else_at_the_end_is_refused(growing: Path, noise: bytes) -> None:
    """Nothing is repaired by guessing."""
    growing.write_bytes(growing.read_bytes() + noise)
    with pytest.raises(OutputError, match="damaged: frame 6 does not follow frame 5: restore it, or add --force"):
        read_contents(growing)


def test_a_repeated_frame_is_refused(growing: Path) -> None:
    """Each is in its place or the file is not ours."""
    data, contents = growing.read_bytes(), read_contents(growing)
    contents.cut(FRAMES - 1)
    growing.write_bytes(data + data[contents.end :])
    with pytest.raises(OutputError, match="damaged: frame 6 does not follow"):
        read_contents(growing)


@pytest.mark.parametrize("data", [b"x", b"\0\0\0\x1cftypisom" + bytes(50), b'{"stream":"clip"}\n'])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    """Somebody else's video or text is not continued."""
    path = tmp_path / "other.mp4"
    path.write_bytes(data)
    with pytest.raises(OutputError, match="damaged: it does not begin as vinofleet's videos do"):
        read_contents(path)


def test_a_file_without_its_start_is_refused(growing: Path) -> None:
    """Times could not be continued."""
    data = bytearray(growing.read_bytes())
    data[len(read_contents(growing).opening) - 30] ^= 1
    growing.write_bytes(data)
    with pytest.raises(OutputError, match="damaged: it does not say when frame 0 is shown"):
        read_contents(growing)


@pytest.mark.parametrize("size", [5000, 2**32 - 1])
def test_an_opening_without_an_end_is_refused(growing: Path, size: int) -> None:
    """Its box says that it goes on past all that openings have."""
    data = bytearray(growing.read_bytes())
    moov = boxes.COVER_AT + len(boxes.OPEN_COVER)
    data[moov : moov + 4] = size.to_bytes(4, "big")
    growing.write_bytes(data)
    with pytest.raises(OutputError, match="damaged: what stands before frame 0 has no end: restore it, or add --force"):
        read_contents(growing)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """It was there when the journal was written."""
    with pytest.raises(OutputError, match=r"none\.mp4 cannot be read .*: restore it, or add --force"):
        read_contents(tmp_path / "none.mp4")


def test_a_cut_forgets_the_frames_after_it(growing: Path) -> None:
    """Sizes, times, key frames and the end agree, down to nothing."""
    data = growing.read_bytes()
    for frames in reversed(range(FRAMES)):
        contents = read_contents(growing)
        contents.cut(frames)
        growing.write_bytes(data[: contents.end])
        again = read_contents(growing)
        assert len(again) == len(contents) == frames
        assert (again.end, again.keys, again.opening) == (contents.end, contents.keys, contents.opening)
    assert growing.stat().st_size == 0


def test_contents_count_bytes() -> None:
    """The end is the opening and each head and sample."""
    contents = Contents(b"x" * 100, 0)
    contents.add(boxes.Fragment(0, 0, 10, 7, key=True))
    assert contents.end == 100 + boxes.HEAD_BYTES + 7
