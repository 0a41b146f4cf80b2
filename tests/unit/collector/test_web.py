"""The server's bounds: connections, time for a request, time for a picture."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from collector import web
from collector.shown import Figures, Shown
from collector.web import Server
from collector.web_request import HEAD_MAX_BYTES

PATIENCE_S = 60


async def served(check: Callable[[Server, int], Awaitable[None]]) -> None:
    """Serve one stream on a port of loopback while something is checked."""
    server = Server(frozenset())
    server.shelf.tell([Figures("a", "running", 640, 480, 0, 1, 0, 0, 1.0)])
    listening = await asyncio.start_server(server.attend, "127.0.0.1", 0, limit=HEAD_MAX_BYTES)
    async with listening:
        await asyncio.wait_for(check(server, listening.sockets[0].getsockname()[1]), PATIENCE_S)


def noise(seq: int) -> Shown:
    """A picture that is large as a JPEG file."""
    return Shown("a", seq, 640, 480, np.random.default_rng(seq).integers(0, 256, (720, 640), np.uint8))


def test_a_viewer_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was meant for it is not kept."""
    monkeypatch.setattr(web, "SEND_S", 0.2)

    async def check(server: Server, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.transport.pause_reading()  # type: ignore[attr-defined] # of a socket's transport
        writer.write(b"GET /stream/a.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
        seq = 0
        while server._connections == 0:  # noqa: ASYNC110 - nobody tells of a connection
            await asyncio.sleep(0.01)
        while server._connections:
            seq += 1
            server.shelf.put(noise(seq))
            await asyncio.sleep(0.01)
        del reader
        writer.transport.abort()

    asyncio.run(served(check))


def test_a_request_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """However its bytes trickle in."""
    monkeypatch.setattr(web, "REQUEST_S", 0.2)

    async def check(_server: Server, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HT")
        assert await reader.read() == b""
        writer.close()

    asyncio.run(served(check))


def test_more_connections_than_there_may_be_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there keep theirs."""
    monkeypatch.setattr(web, "CONNECTIONS_MAX", 1)

    async def check(server: Server, port: int) -> None:
        first_reader, first = await asyncio.open_connection("127.0.0.1", port)
        while server._connections == 0:  # noqa: ASYNC110 - nobody tells of a connection
            await asyncio.sleep(0.01)
        reader, second = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        first.write(b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await first_reader.readline()).startswith(b"HTTP/1.1 200 ")
        first.close()
        second.close()

    asyncio.run(served(check))
