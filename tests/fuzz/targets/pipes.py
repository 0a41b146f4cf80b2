"""What processes that read strangers' bytes tell others over pipes, and what browsers ask."""

from __future__ import annotations

import asyncio
import atexit
import socket
import subprocess
import threading
from contextlib import suppress
from functools import cache
from typing import Any, Final, cast
from unittest import mock

import numpy as np

from collector import web
from collector.shown import Figures, Shown
from collector.viewer_link import message
from collector.viewer_process import ViewerProcess
from collector.web import Server
from collector.web_request import HEAD_MAX_BYTES, RefusedError, is_own, parse_request
from common.actions import Notice
from common.errors import OutputError
from common.sayings import Concluded, FirstFrame, Halted, Listening, StreamProgress, as_line, as_notice, parse_line
from producer.child_words import LINE_MAX_BYTES, Broken, Ended, NonsenseError, Opened, Skipped, understood
from producer.decoder import Decoder, Picture
from tests.fuzz.target import MEGABYTE, target
from tests.fuzz.twist import as_json, in_lines, in_text

_LINES: Final = (
    b'{"opened":[64,48,[1,30],[30,1],9,false,true]}',
    b'{"ring":[0,1,5,4096,3,5000]}',
    b'{"frame":[-1,0,4,2,100]}',
    b'{"frame":[2,7,64,48,100]}',
    b'{"skipped":[]}',
    b'{"ended":["complete",""]}',
    b'{"broken":["it is gone","look"]}',
)


@target(lambda: list(_LINES), as_json(), share=2, most=1000)
def child_words(data: bytes) -> None:
    """A line of a decoder's process means something within bounds, or nothing."""
    with suppress(NonsenseError):
        said = understood(data)
        numbers = [x for x in said if type(x) is int]
        assert all(number.bit_length() <= 62 for number in numbers)


class _NoProcess:
    """Stands for a decoder's process that is gone."""

    pid = 0

    def kill(self) -> None:
        """It is gone."""

    def wait(self, _timeout_s: float | None = None) -> int:
        """Its exit code."""
        return 0


def _streams() -> list[bytes]:
    frame = _LINES[2] + b"\n" + bytes(12)
    return [
        b"\n".join([_LINES[0], frame]) + _LINES[4] + b"\n" + frame + _LINES[5] + b"\n",
        b"\n".join([_LINES[0], *_LINES[4:], b""]),
        _LINES[0] + b"\n" + _LINES[1] + b"\n" + _LINES[3] + b"\n",
        b"x" * 3000,
    ]


@target(_streams, in_lines(as_json()), share=0.3, most=4000, memory=4 * MEGABYTE)
def decoder_pipe(data: bytes) -> None:
    """Whatever a decoder's process writes, its parent hears things of known kinds, and then its end."""
    ours, theirs = socket.socketpair()
    decoder = Decoder.__new__(Decoder)
    fields: dict[str, Any] = {
        "_ours": ours,
        "_process": cast("subprocess.Popen[bytes]", _NoProcess()),
        "_lock": threading.Lock(),
        "_closed": False,
        "_heard": bytearray(),
        "_ring": None,
        "_first": 0,
    }
    for name, field in fields.items():
        setattr(decoder, name, field)
    with theirs:
        theirs.sendall(data[:60_000])
        theirs.shutdown(socket.SHUT_WR)
        for _ in range(data.count(b"\n") + 2):
            heard = decoder.hear(10.0)
            assert isinstance(heard, Opened | Picture | Skipped | Ended | Broken), heard
            if isinstance(heard, Picture):
                assert heard.pixels.nbytes <= len(data)
            if isinstance(heard, Broken):
                break
        assert len(decoder._heard) <= LINE_MAX_BYTES + (1 << 20)
    decoder.close()


_SAYINGS: Final = (
    Notice("warning", "so"),
    Listening("tcp://127.0.0.1:1"),
    StreamProgress("cam", 5, 9, 30.0),
    FirstFrame(),
    Halted(halted=True),
    Concluded(0, "done"),
)


@target(lambda: [as_line(each) for each in _SAYINGS], as_json(), most=1000)
def saying(data: bytes) -> None:
    """A line of a role is a saying that can be shown and written, or a ValueError."""
    with suppress(ValueError):
        said = parse_line(data)
        as_notice(said)
        assert parse_line(as_line(said)) == said


_FROM_VIEWERS: Final = (
    message("up", "http://127.0.0.1:8080"),
    message("took"),
    message("watch", ["cam"]),
    message("closed"),
    message("failed", "it is taken", "choose another", "NETWORK"),
)


def _viewers() -> list[bytes]:
    return [b"".join(_FROM_VIEWERS[:3]), b"".join(_FROM_VIEWERS), _FROM_VIEWERS[4], _FROM_VIEWERS[0][:9]]


@target(_viewers, in_text, share=0.3, most=1500, memory=4 * MEGABYTE)
def viewer_link(data: bytes) -> None:
    """Whatever a viewer's process writes, which reads what browsers send, the collector learns that it has ended."""
    viewer = ViewerProcess(
        what="it", module="none", interval_s=1.0, watches_all=False, no_start=OutputError("it did not start")
    )
    with viewer._theirs as theirs:
        theirs.sendall(data[:60_000])
        theirs.shutdown(socket.SHUT_WR)
        viewer._listen()
    assert viewer._over.is_set()
    assert isinstance(viewer._failure, Exception)
    assert isinstance(viewer.place, str)
    assert all(isinstance(name, str) for name in viewer._watched)
    viewer._link.close()


# --- browsers --------------------------------------------------------------------------------------------------------

_NAMES: Final = frozenset({"door.example"})
_REQUESTS: Final = (
    b"GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    b"HEAD /status.json HTTP/1.0\r\nHost: [::1]\r\nConnection: close, x\r\n\r\n",
    b"GET /snapshot/cam.jpg?after=3&x=1 HTTP/1.1\r\nHost: door.example\r\nContent-Length: 0\r\n\r\n",
    b"GET /stream/cam.mjpg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"POST //evil/ HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n",
)


@target(lambda: list(_REQUESTS), in_lines(in_text, b"\r\n"), share=2, most=HEAD_MAX_BYTES)
def web_request(data: bytes) -> None:
    """A request that is answered names this machine, and asks for a path without a body; all others are refused."""
    with suppress(RefusedError):
        found = parse_request(data, _NAMES)
        assert found.path.startswith("/")
        assert found.path.isascii()
        hosts = [line[5:] for line in data.decode("latin-1").split("\r\n") if line[:5].lower() == "host:"]
        assert len(hosts) == 1
        assert is_own(hosts[0].strip(" \t"), _NAMES)


class _Browser:
    """The other end of a connection: keeps what it is sent."""

    def __init__(self) -> None:
        self.got = bytearray()
        self.transport = self

    def set_write_buffer_limits(self, high: int) -> None:
        """As a transport has it."""

    def abort(self) -> None:
        """As a transport has it."""

    def write(self, data: bytes) -> None:
        """As a writer has it."""
        self.got += data

    async def drain(self) -> None:
        """As a writer has it."""

    def write_eof(self) -> None:
        """As a writer has it."""


@cache
def _server() -> tuple[Server, asyncio.AbstractEventLoop]:
    server = Server(_NAMES)
    server.shelf.tell([Figures("cam", "complete", 4, 2, 9, 1, 0, 0, 1.0)])
    server.shelf.put(Shown("cam", 0, 4, 2, np.zeros((3, 4), np.uint8)))
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return server, loop


@target(
    lambda: [*_REQUESTS, _REQUESTS[0] + _REQUESTS[1], _REQUESTS[0] + b"x" * 900],
    in_lines(in_text, b"\r\n"),
    share=0.15,
    most=9000,
)
def web_server(data: bytes) -> None:
    """Whatever comes over a connection is answered as HTTP or not at all, and the connection is over."""
    server, loop = _server()
    browser = _Browser()

    async def connect() -> None:
        reader = asyncio.StreamReader(limit=HEAD_MAX_BYTES, loop=loop)
        reader.feed_data(data)
        reader.feed_eof()
        await server.attend(reader, cast("asyncio.StreamWriter", browser))

    with mock.patch.object(web, "WAIT_S", 0.001):
        loop.run_until_complete(connect())
    assert not browser.got or browser.got.startswith(b"HTTP/1.1 ")
    assert server._connections == 0
