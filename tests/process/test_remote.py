"""Sources of the network and pipes: a web server that stalls and breaks off, playlists, endless pictures, ffmpeg."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
import pytest

from common.errors import InputError
from common.exits import Exit
from common.job import InputSpec
from common.rows import Ending
from producer.media import open_media
from producer.source import Source, SourceBack, SourceLost, SourceNews, Terms
from producer.sources import open_source
from tests.process.media import clip
from tests.process.roles import PATIENCE_S, ROOT, Shell, assert_conserved
from tests.process.web import PART, Site, serving

pytestmark = pytest.mark.process

SPEC: Final = InputSpec("", 32, 16, "bgr", "BGR", "stretch")
FRAMES: Final = 50
LOCAL: Final = Terms(PATIENCE_S, PATIENCE_S)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip, whose index stands at its beginning."""
    folder = tmp_path_factory.mktemp("remote")
    return copied(clip(folder / "slow.mp4", FRAMES, (320, 240)), folder / "clip.mp4", {"movflags": "faststart"})


@pytest.fixture
def site(tmp_path: Path, original: Path) -> Iterator[Site]:
    """A web site with `clip.mp4`."""
    shutil.copy(original, tmp_path)
    with serving(tmp_path) as serves:
        yield serves


def copied(source: Path, target: Path, options: dict[str, str]) -> Path:
    """Write the same packets into another container."""
    with av.open(str(source)) as reading, av.open(str(target), "w", options=options) as writing:
        copy = writing.add_stream_from_template(reading.streams.video[0])
        for packet in reading.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                writing.mux(packet)
    return target


def frames_of(source: Source, most: int = 10_000) -> tuple[list[int], list[bytes]]:
    """The timestamps and pixels of its frames; it is closed then."""
    times, pixels = [], []
    for frame in source.frames():
        out = np.empty(SPEC.nbytes, np.uint8)
        frame.write_to(SPEC, out)
        times.append(frame.pts)
        pixels.append(out.tobytes())
        if len(times) == most:
            break
    source.close()
    return times, pixels


def assert_as_local(source: Source, local: Path) -> None:
    """Its frames have the timestamps of the file's, and nearly their pixels: those are resized from another copy."""
    expected_times, expected = frames_of(open_media(str(local), "s"))
    times, pixels = frames_of(source)
    assert times == expected_times
    pairs = zip(pixels, expected, strict=True)
    apart = [np.frombuffer(one, np.uint8).astype(int) - np.frombuffer(other, np.uint8) for one, other in pairs]
    assert max(abs(difference).max() for difference in apart) <= 2
    assert (source.ending, source.ending_reason) == (Ending.COMPLETE, "")


def test_a_recorded_file_is_as_a_local_one(site: Site) -> None:
    """It ends complete, with the count of its container; its address is told without secrets."""
    address = site.address.replace("http://", "http://user:secret@")
    source = open_source(f"{address}/clip.mp4?key=secret", "s", LOCAL)
    assert (source.header.live, source.header.expected) == (False, FRAMES)
    assert source.header.source == f"{site.address}/clip.mp4"
    assert_as_local(source, site.folder / "clip.mp4")


def test_a_connection_that_breaks_off_costs_no_frame(site: Site) -> None:
    """What is due is asked for again."""
    site.break_at, site.breaks = 10 * PART, 2
    assert_as_local(open_source(f"{site.address}/clip.mp4", "s", LOCAL), site.folder / "clip.mp4")
    assert site.breaks == 0


def test_a_stall_ends_at_the_time_out(site: Site) -> None:
    """The process that hangs is killed, another one goes on with the frame that is due; both is told."""
    site.break_at, site.breaks, site.stall_s = 10 * PART, 1, PATIENCE_S
    news: list[SourceNews] = []
    source = open_source(f"{site.address}/clip.mp4", "s", Terms(PATIENCE_S, 2.0, news.append))
    assert_as_local(source, site.folder / "clip.mp4")
    assert [type(one) for one in news] == [SourceLost, SourceBack]
    assert "nothing for 2 s" in str(news[0])


def test_a_playlist_with_an_end_is_a_recording(site: Site) -> None:
    """HLS of some segments: complete, with all frames."""
    copied(site.folder / "clip.mp4", site.folder / "hls.m3u8", {"hls_time": "1", "hls_list_size": "0"})
    source = open_source(f"{site.address}/hls.m3u8", "s", LOCAL)
    assert not source.header.live
    assert len(frames_of(source)[0]) == FRAMES
    assert source.ending is Ending.COMPLETE


@pytest.mark.parametrize("scheme", ["file://", "subfile,,start,0,end,0,,:"])
def test_a_playlist_leads_to_no_file_of_this_machine(site: Site, tmp_path: Path, scheme: str) -> None:
    """Neither by name nor by protocol."""
    inside = tmp_path / "elsewhere" / "inside.ts"
    inside.parent.mkdir()
    clip(inside, 5)
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{scheme}{inside}\n#EXT-X-ENDLIST\n"
    (site.folder / "list.m3u8").write_text(text)
    with pytest.raises(InputError):
        open_source(f"{site.address}/list.m3u8", "s", Terms(20.0, 20.0))


def test_endless_pictures_are_live(site: Site) -> None:
    """Multipart JPEG has no time of its own: frames are timed when they come."""
    site.pictures = [bytes(cv2.imencode(".jpg", np.full((48, 64, 3), grey, np.uint8))[1]) for grey in (40, 90, 140)]
    source = open_source(f"{site.address}/live", "s", LOCAL)
    assert source.header.live
    times, pixels = frames_of(source, 12)
    assert len(set(pixels)) == 3
    assert times == sorted(set(times))


def test_closing_ends_a_hung_read(site: Site) -> None:
    """Whoever iterates is released at once, whatever the server does."""
    site.break_at, site.breaks, site.stall_s = 10 * PART, 1, PATIENCE_S
    source = open_source(f"{site.address}/clip.mp4", "s", LOCAL)
    frames = source.frames()
    next(frames)
    source.close()
    assert len(list(frames)) <= 3  # what was in the ring
    assert source.ending is Ending.INTERRUPTED


def test_who_does_not_answer_is_refused(site: Site) -> None:
    """At once where it says no, after the time-out where it says nothing; never with its secrets."""
    for path, why in (("nothing.mp4", "cannot be opened"), ("live", "gave no picture for 0.5 s")):
        site.every_s = PATIENCE_S
        with pytest.raises(InputError, match=why) as caught:
            open_source(f"{site.address}/{path}?key=secret", "s", Terms(PATIENCE_S if why[0] == "c" else 0.5, 1.0))
        assert "secret" not in str(caught.value)
        assert caught.value.exit_code is Exit.INPUT


def test_a_run_reads_what_is_piped_into_it(shell: Shell) -> None:
    """All frames of a pipe, through a whole fleet; its end is the run's."""
    made = clip(shell.folder / "clip.mkv", FRAMES)
    words = [sys.executable, "-m", "vinofleet", "run", "-", "--model", "scripted://?unnumbered=1"]
    outputs = ["--json", str(shell.folder / "out.jsonl"), "--report", str(shell.folder / "report.json")]
    with made.open("rb") as file, subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as pipe:
        run = subprocess.run(
            [*words, *outputs], cwd=ROOT, stdin=pipe.stdout, capture_output=True, timeout=PATIENCE_S, check=False,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert_conserved(shell, FRAMES)


def test_a_pipe_cannot_be_resumed() -> None:
    """What was read of it is gone."""
    with pytest.raises(InputError, match="cannot be resumed"):
        open_source("-", "s", LOCAL._replace(resume=True))
