"""What is opened, and what is refused without opening anything else."""

from __future__ import annotations

import ctypes
import os
import select
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from common.errors import InputError
from producer.container import FORMATS, _open_nothing_else, open_container
from producer.sources import open_source

ClipMaker = Callable[..., Path]

IN_OPEN = 0x20

CONTAINERS = {
    "mp4": "libx264",
    "mov": "libx264",
    "mkv": "libx264",
    "webm": "libvpx",
    "avi": "mpeg4",
    "ts": "libx264",
    "mpg": "mpeg2video",
    "flv": "libx264",
    "nut": "mpeg4",
    "h264": "libx264",
    "y4m": "rawvideo",
}


@contextmanager
def watched(path: Path) -> Iterator[Callable[[], bool]]:
    """Tells whether anyone, libav included, opened `path` (inotify(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    events = libc.inotify_init1(os.O_NONBLOCK)
    assert events >= 0
    assert libc.inotify_add_watch(events, os.fsencode(path), IN_OPEN) >= 0

    def was_opened() -> bool:
        return bool(select.select([events], [], [], 0)[0])

    try:
        yield was_opened
    finally:
        os.close(events)


def refusal(path: Path) -> str:
    """The one line that opening `path` fails with."""
    with pytest.raises(InputError) as caught:
        open_source(str(path), "s")
    text = str(caught.value)
    assert "\n" not in text
    return text.replace(str(path), "FILE")


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_real_containers_open(suffix: str, make_clip: ClipMaker) -> None:
    """Every usual container opens and gives the frames that were written."""
    source = open_source(str(make_clip(f"clip.{suffix}", codec=CONTAINERS[suffix])), "s")
    assert (source.header.width, source.header.height) == (64, 48)
    assert len(list(source.frames())) == 10
    source.close()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("clip.mp4", "ffconcat version 1.0\nfile {target}\n"),
        ("clip.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n"),
        ("clip.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n"),
        ("clip.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
        (
            "clip.mpd",
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{target}</BaseURL></MPD>',
        ),
    ],
    ids=["ffconcat", "hls", "hls as mp4", "sdp", "dash"],
)
def test_references_open_nothing_else(name: str, text: str, make_clip: ClipMaker, tmp_path: Path) -> None:
    """A script or playlist is refused in one line, and what it points to is never opened."""
    target = make_clip("target.ts")
    path = tmp_path / name
    path.write_text(text.format(target=target))
    with watched(target) as was_opened:
        why = refusal(path)
        assert not was_opened()
        target.read_bytes()
        assert was_opened()  # the watch itself works
    assert "not admitted" in why or "no video file" in why


def test_list_admits_no_format_that_refers_to_files() -> None:
    """The formats that are known to open further files or addresses are not on the list."""
    assert not set(FORMATS) & {
        "concat",
        "hls",
        "dash",
        "image2",
        "sdp",
        "rtsp",
        "rtp",
        "lavfi",
        "imf",
        "webm_dash_manifest",
    }
    assert all(av.ContainerFormat(name, "r").is_input for name in FORMATS)


def test_further_files_are_refused() -> None:
    """Whatever libav asks for beyond the one file is denied and named."""
    with pytest.raises(PermissionError, match="/etc/passwd"):
        _open_nothing_else("/etc/passwd", 1, {})


@pytest.mark.parametrize("name", ["http:evil.mp4", "concat:a.mp4|b.mp4", "pipe:0", "%03d.mp4", "-i"])
def test_names_are_only_names(name: str, make_clip: ClipMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is called like an address or a pattern is opened as the file it is."""
    make_clip("clip.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    source = open_source(name, "s")
    assert len(list(source.frames())) == 10
    source.close()


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is named as missing."""
    assert "No such file" in refusal(tmp_path / "none.mp4")


def test_directory(tmp_path: Path) -> None:
    """A directory may hold images; one that does not is no source."""
    assert refusal(tmp_path).startswith("FILE holds no image: give images: .bmp")
    with pytest.raises(InputError, match="is a directory: give a video file"):
        open_container(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    """An empty file is called empty."""
    (tmp_path / "a.mp4").touch()
    assert refusal(tmp_path / "a.mp4") == "FILE is empty: give a video file"


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    """A named pipe is refused before it is opened, which would wait for its writer."""
    os.mkfifo(tmp_path / "a.mp4")
    assert "not a regular file" in refusal(tmp_path / "a.mp4")


def test_nul_in_name() -> None:
    """A name that no file can have is an input error like any other."""
    assert "cannot be opened" in refusal(Path("a\0b"))


def test_text_file(tmp_path: Path) -> None:
    """A text file is no video file."""
    (tmp_path / "a.mp4").write_text("hello world\n" * 100)
    assert "is no video file" in refusal(tmp_path / "a.mp4")


def test_audio_only(tmp_path: Path) -> None:
    """A file with sound alone holds no video stream."""
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        sound.sample_rate = 48_000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    assert "holds no video stream" in refusal(path)


def test_picture_that_claims_to_be_huge_costs_nothing(tmp_path: Path) -> None:
    """A few hundred bytes that claim 30000 x 30000 pixels are refused before anything is allocated for them."""
    _, jpeg = cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))
    data = bytearray(jpeg.tobytes())
    size_at = data.index(b"\xff\xc0") + 5
    data[size_at : size_at + 4] = struct.pack(">HH", 30_000, 30_000)
    (tmp_path / "a.jpg").write_bytes(data)
    assert refusal(tmp_path / "a.jpg").startswith("FILE cannot be decoded (Invalid data")


def test_refusal_leaves_nothing_open(tmp_path: Path) -> None:
    """A refused file is closed again."""
    path = tmp_path / "a.mp4"
    path.write_text("hello world\n" * 100)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(InputError):
        open_container(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
