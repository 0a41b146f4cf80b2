"""Pixels without a container."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TextIO

import numpy as np
import pytest

from common.errors import InputError, UsageError
from common.job import InputSpec
from common.rows import Ending
from producer.raw import FORMATS, Layout
from producer.source import Terms
from producer.sources import open_source
from producer.wish import Wish

OPTIONS = "size=16x8&format=gray&fps=25"
FRAME = 16 * 8


def written(folder: Path, frames: int, more: int = 0) -> str:
    """The address of a file of grey frames, the n-th of n + 50, and some bytes more."""
    path = folder / "clip.raw"
    path.write_bytes(b"".join(bytes([n + 50]) * FRAME for n in range(frames)) + bytes(more))
    return f"raw://{path}?{OPTIONS}"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(16, 8), (18, 10)])
def test_the_size_of_a_frame_is_what_libav_makes_of_it(form: str, size: tuple[int, int], tmp_path: Path) -> None:
    """For every format; and what is read is what was written."""
    layout = Layout(*size, form)
    path = tmp_path / "a"
    path.write_bytes(bytes([128]) * (2 * layout.nbytes))
    uri = f"raw://{path}?size={size[0]}x{size[1]}&format={form}&fps=30000/1001"
    with closing(open_source(uri, "s")) as source:
        frames = list(source.frames())
    assert [(frame.width, frame.height, frame.pts) for frame in frames] == [(*size, 0), (*size, 1)]
    assert (source.header.rate, source.header.expected) == (Fraction(30000, 1001), 2)
    assert source.ending is Ending.COMPLETE


@pytest.mark.parametrize("first", [0, 2, 4, 9])
def test_reading_begins_anywhere(first: int, tmp_path: Path) -> None:
    """A frame is where its number says."""
    spec = InputSpec("", 16, 8, "i420", "BGR", "stretch")
    out = np.zeros(spec.nbytes, np.uint8)
    lumas = []
    with closing(open_source(written(tmp_path, 5), "s")) as source:
        for frame in source.frames(first):
            frame.write_to(spec, out)
            lumas.append((frame.pts, out[0]))
    grey = [round(16 + (n + 50) * 219 / 255) for n in range(5)]
    assert [pts for pts, _ in lumas] == list(range(first, 5))
    assert all(abs(int(luma) - grey[pts]) <= 2 for pts, luma in lumas)


def test_a_file_that_ends_within_a_frame_is_incomplete(tmp_path: Path) -> None:
    """What is whole counts."""
    with closing(open_source(written(tmp_path, 3, more=5), "s")) as source:
        assert len(list(source.frames())) == 3
    assert (source.ending, source.ending_reason) == (Ending.INCOMPLETE, "it ends within frame 3, after 5 of 128 bytes")


@contextmanager
def piped(data: bytes) -> Iterator[TextIO]:
    """Something in place of stdin, into which this was written."""
    ours, theirs = os.pipe()
    os.write(theirs, data)
    os.close(theirs)
    with open(ours) as stdin:  # noqa: PTH123 - a descriptor
        yield stdin


def test_a_pipe_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, to its end; nothing of it can be read again."""
    uri = f"raw://-?{OPTIONS}"
    with piped(bytes(3 * FRAME)) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        source = open_source(uri, "s")
        assert source.header.expected == 0
        assert [frame.pts for frame in source.frames()] == [0, 1, 2]
        assert source.ending is Ending.COMPLETE
        with pytest.raises(InputError, match="cannot be read again"):
            next(open_source(uri, "s").frames(1))
        with pytest.raises(UsageError, match="--loop is for what can be read again"):
            open_source(uri, "s", Terms(), Wish(loop=True))


WAITING = """
import threading
from producer.sources import open_source
frames = open_source({uri!r}, "s").frames()
threading.Thread(target=lambda: next(frames), daemon=True).start()
"""


def test_who_waits_for_a_pipe_holds_up_no_exit() -> None:
    """The interpreter ends, though a thread reads what does not come."""
    command = [sys.executable, "-c", WAITING.format(uri=f"raw://-?{OPTIONS}")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("raw://a", "it names no file and no options|its options cannot be read"),
        ("raw://a?size=1x1&format=gray", "fps must be given"),
        ("raw://a?size=1x1&format=h264&fps=1", "format cannot be 'h264'"),
        ("raw://a?size=0x1&format=gray&fps=1", "size is out of bounds"),
        ("raw://a?size=1x1&format=gray&fps=1/0", "fps cannot be '1/0'"),
        ("raw://a?size=1x1&size=1x1&format=gray&fps=1", "given twice"),
        ("raw://a?size=1x1&format=gray&fps=1&seed=1", "'seed' is none of size, format, fps"),
        ("raw:///nowhere?size=1x1&format=gray&fps=1", "cannot be opened"),
        ("raw:///?size=1x1&format=gray&fps=1", "is not a regular file"),
    ],
)
def test_what_cannot_be_is_refused(uri: str, why: str) -> None:
    """With an example of what can be."""
    with pytest.raises(InputError, match=why):
        open_source(uri, "s")


def test_a_file_without_a_whole_frame_is_refused(tmp_path: Path) -> None:
    """Most likely size or format are wrong."""
    with pytest.raises(InputError, match="has 5 bytes, less than one frame of 128: check size and format"):
        open_source(written(tmp_path, 0, more=5), "s")
