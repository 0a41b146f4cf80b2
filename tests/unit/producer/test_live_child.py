"""Tests of producer.live_child: what it says, when it waits, and that it is gone with whoever started it."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from common.shm import ShmOffer, attach
from producer import live_child
from producer.live_child import SLOTS, Outbox, Start, serve
from producer.media import MediaSource, open_media
from producer.sources import open_source
from tests.unit.producer.conftest import ClipMaker

PATIENCE_S: Final = 60.0


class Other:
    """The other end: takes what is said, and gives slots back as it is told.

    Args:
        shared: whether memory may be shared.
    """

    def __init__(self, *, shared: bool) -> None:
        self.said: list[dict[str, Any]] = []
        self.pixels: list[bytes] = []
        self.outbox = Outbox(self.take, shared=shared)
        self.rings: list[ShmOffer] = []
        self.frees = True

    def take(self, data: bytes | memoryview) -> None:
        """Hear it; frees each slot at once, and those of a ring as soon as it is there."""
        if isinstance(data, memoryview):
            self.pixels.append(bytes(data))
            return
        words = json.loads(data)
        self.said.append(words)
        if "ring" in words:
            first, *offer = words["ring"]
            self.rings.append(ShmOffer(*offer))
            found = attach(self.rings[-1])
            assert not isinstance(found, str), "it must be there when it is told"
            for slot in range(first, first + SLOTS):
                self.outbox.free(slot)
        elif "frame" in words and self.frees:
            self.outbox.free(words["frame"][0])

    def kinds(self) -> list[str]:
        """What was said, by kind."""
        return [next(iter(words)) for words in self.said]


def clip_request(path: Path) -> dict[str, str]:
    """What opens a file in place of an address: see `opens_files`."""
    return {"kind": "remote", "uri": str(path), "name": "s"}


@pytest.fixture
def opens_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request opens a file, as a recording."""

    def opened(request: dict[str, str]) -> tuple[MediaSource, bool, bool]:
        return open_media(request["uri"], request["name"]), request["kind"] == "camera", True

    monkeypatch.setattr(live_child, "open_requested", opened)


@pytest.mark.usefixtures("opens_files")
@pytest.mark.parametrize("shared", [sys.platform == "linux", False])
def test_all_frames_are_handed_over(make_clip: ClipMaker, *, shared: bool) -> None:
    """It is open, then each frame, then its end; inline their pixels follow each."""
    other, start = Other(shared=shared), Start()
    start.begin(0)
    serve(clip_request(make_clip("a.mp4", frames=7)), other.outbox, start)
    assert [kind for kind in other.kinds() if kind != "ring"] == ["opened", *7 * ["frame"], "ended"]
    assert other.said[0]["opened"][:2] == [64, 48]
    assert other.said[-1] == {"ended": ["complete", ""]}
    assert [len(each) for each in other.pixels] == ([] if shared else 7 * [64 * 48 * 3 // 2])


@pytest.mark.usefixtures("opens_files")
def test_a_recording_begins_where_it_is_told(make_clip: ClipMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies before is decoded, and said to be skipped, so that nobody takes it for a hang."""
    monkeypatch.setattr(live_child, "ALIVE_S", 0.0)
    other, start = Other(shared=False), Start()
    start.begin(5)
    serve(clip_request(make_clip("a.mp4", frames=7)), other.outbox, start)
    assert other.kinds() == ["opened", *5 * ["skipped"], *2 * ["frame"], "ended"]


@pytest.mark.usefixtures("opens_files")
def test_what_is_live_does_not_wait(make_clip: ClipMaker) -> None:
    """Frames that nobody wants yet are thrown away."""
    other = Other(shared=False)
    serve({**clip_request(make_clip("a.mp4", frames=7)), "kind": "camera"}, other.outbox, Start())
    assert other.kinds() == ["opened", "ended"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is shared on Linux")
def test_no_slot_is_written_before_it_is_free() -> None:
    """Who keeps all frames of a ring stops it; one that is let go lets the next one be written."""
    other = Other(shared=True)
    other.frees = False
    with closing(open_source("synthetic://counter?frames=5&size=64x48", "s")) as source:
        frames = source.frames()
        for _ in range(SLOTS):
            other.outbox.frame(next(frames))
        waiting = threading.Thread(target=other.outbox.frame, args=(next(frames),))
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
        other.outbox.free(1)
        waiting.join(PATIENCE_S)
    assert other.said[-1]["frame"][0] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is shared on Linux")
def test_a_larger_frame_makes_a_new_ring() -> None:
    """Its slots have other numbers; what comes back of the earlier one is forgotten. Smaller frames fit as they are."""
    other = Other(shared=True)
    for size in ("64x48", "128x96", "32x32"):
        with closing(open_source(f"synthetic://counter?frames=1&size={size}", "s")) as source:
            other.outbox.frame(next(iter(source.frames())))
    assert other.kinds() == ["ring", "frame", "ring", "frame", "frame"]
    assert [words["frame"][0] for words in other.said if "frame" in words] == [0, SLOTS, SLOTS + 1]
    assert isinstance(attach(other.rings[0]), str), "the first one was given up"
    found = attach(other.rings[1])
    assert not isinstance(found, str)
    assert np.any(found.pixels(0))


PARENT: Final = """
import json, signal, socket, subprocess, sys
ours, theirs = socket.socketpair()
command = [sys.executable, "-m", "producer.live_child", str(theirs.fileno())]
child = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=open(sys.argv[3], "rb"))
theirs.close()
ours.sendall(json.dumps({"kind": sys.argv[1], "uri": sys.argv[2], "name": "s", "shared": True}).encode() + b"\\n")
ours.sendall(b'{"begin": 0}\\n')
print(child.pid, flush=True)
while ours.recv(1) != b"\\n":
    pass  # it is open; what it says next, where its memory is, is never read
ours.recv(1, socket.MSG_PEEK)
print("speaks", flush=True)
signal.pause()
"""
"""Starts a child, says when it waits for a slot, and reads nothing more."""


@pytest.mark.skipif(sys.platform != "linux", reason="the end of a process is waited for as Linux lets one")
@pytest.mark.parametrize("hangs", ["in a read", "for a slot"])
def test_it_is_gone_with_whoever_started_it(make_clip: ClipMaker, hangs: str) -> None:
    """While it opens what does not answer; and while it waits for whoever never read what it said."""
    clip = make_clip("a.mkv")
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as left:
        silent.settimeout(PATIENCE_S)
        kind, uri = (
            ("pipe", "-") if hangs == "for a slot" else ("remote", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        )
        command = [sys.executable, "-c", PARENT, kind, uri, str(clip)]
        parent = left.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        left.callback(os.close, child)
        if kind == "remote":
            left.enter_context(silent.accept()[0])
        else:
            assert parent.stdout.readline() == "speaks\n"
        parent.kill()
        assert select.select([child], [], [], PATIENCE_S)[0], "it is still there"
