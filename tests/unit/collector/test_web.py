"""The server's bounds: connections, time for a request, time for a picture."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from collector import web
from collector.shown import Figures, Shown
from collector.viewer_link import receive
from collector.web import Server, serve
from collector.web_request import HEAD_MAX_BYTES

PATIENCE_S = 60
TOKEN = "0123456789abcdef"  # noqa: S105 - of these tests


async def served(check: Callable[[Server, int], Awaitable[None]]) -> None:
    """Serve one stream on a port of loopback while something is checked."""
    server = Server(frozenset())
    server.shelf.tell([Figures("a", "running", 640, 480, 0, 1, 0, 0, 1.0)])
    listening = await asyncio.start_server(server.attend, "127.0.0.1", 0, limit=HEAD_MAX_BYTES)
    async with listening:
        await asyncio.wait_for(check(server, listening.sockets[0].getsockname()[1]), PATIENCE_S)


async def connected(server: Server, count: int) -> None:
    """Wait until so many are; nobody tells of a connection, or of its end. `served` bounds how long."""
    while server._connections != count:  # noqa: ASYNC110 - see above
        await asyncio.sleep(0.01)


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
        await connected(server, 1)
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
        await connected(server, 1)
        reader, second = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        first.write(b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await first_reader.readline()).startswith(b"HTTP/1.1 200 ")
        first.close()
        second.close()

    asyncio.run(served(check))


async def answer_to(port: int, head: str) -> bytes:
    """Everything that is said until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    found = await reader.read()
    writer.close()
    return found


@pytest.mark.parametrize(
    ("line", "status", "body"),
    [
        ("GET /status.json", 200, True),
        ("HEAD /status.json", 200, False),
        ("HEAD /nothing", 404, False),
        ("GET /snapshot/%61.jpg", 404, True),
        ("GET /snapshot/../../etc/passwd.jpg", 404, True),
        ("GET /snapshot/a.jpg?after=" + "9" * 5000, 400, True),
        ("GET /snapshot/a.jpg?after=-1", 400, True),
        ("GET /snapshot/a.jpg?after=\u00b2", 400, True),
        ("HEAD /snapshot/a.jpg", 200, False),
        ("HEAD /stream/a.mjpg", 200, False),
    ],
)
def test_every_request_has_an_answer_and_no_more(line: str, status: int, body: bool) -> None:  # noqa: FBT001
    """HEAD has no body, refused or not; who asks for the connection's end gets it."""

    async def check(server: Server, port: int) -> None:
        server.shelf.put(noise(0))
        head, _, rest = (await answer_to(port, line)).partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        assert bool(rest) is body

    asyncio.run(served(check))


def test_a_token_in_the_address_becomes_a_cookie() -> None:
    """So that it is in no history; without it nothing is told, and with it nothing is kept by the browser."""

    async def check(server: Server, port: int) -> None:
        server._token = TOKEN  # type: ignore[misc]
        assert (await answer_to(port, "GET /status.json")).startswith(b"HTTP/1.1 401 Unauthorized\r\n")
        answer = (await answer_to(port, f"GET /?token={TOKEN}")).decode()
        assert answer.startswith("HTTP/1.1 303 ")
        assert "\r\nLocation: /\r\n" in answer
        assert f"\r\nSet-Cookie: vinofleet={TOKEN}; Path=/; HttpOnly; SameSite=Strict\r\n" in answer
        with_cookie = await answer_to(port, "GET / HTTP/1.1\r\nCookie: vinofleet=" + TOKEN + "\r\nX: ")
        assert with_cookie.startswith(b"HTTP/1.1 200 ")

    asyncio.run(served(check))


def test_every_answer_forbids_other_sites_to_read_or_show_it() -> None:
    """Refusals as well as pages."""

    async def check(_server: Server, port: int) -> None:
        for line in ("GET /", "GET /status.json", "GET /nothing", "HEAD /stream/a.mjpg"):
            answer = (await answer_to(port, line)).decode().partition("\r\n\r\n")[0].lower().splitlines()
            fields = dict(field.split(": ", 1) for field in answer[1:])
            assert fields["x-content-type-options"] == "nosniff"
            assert fields["x-frame-options"] == "deny"
            assert fields["cross-origin-resource-policy"] == "same-origin"
            assert fields["cross-origin-opener-policy"] == "same-origin"
            assert fields["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in fields["content-security-policy"]
            assert "frame-ancestors 'none'" in fields["content-security-policy"]
            assert "access-control-allow-origin" not in fields

    asyncio.run(served(check))


def test_a_stranger_s_name_is_refused_with_what_to_do() -> None:
    """Whoever has another name for this machine learns why."""

    async def check(_server: Server, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: door.example\r\n\r\n")
        assert (await reader.read()).endswith(
            b"403 Forbidden\nask by this machine's address, by its host name, or as localhost\n"
        )
        writer.close()

    asyncio.run(served(check))


@pytest.mark.parametrize("more", [b"", b"x", b"GET / HTTP/1.1\r\n\r\n" * 900])
def test_who_leaves_a_stream_that_stands_still_makes_room(monkeypatch: pytest.MonkeyPatch, more: bytes) -> None:
    """Nothing is sent there, so nothing else would tell; whatever they have said before they left."""
    monkeypatch.setattr(web, "WAIT_S", 0.05)

    async def check(server: Server, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /stream/a.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n" + more)
        await reader.readuntil(b"\r\n\r\n")
        assert server._connections == 1
        writer.close()
        await connected(server, 0)

    asyncio.run(served(check))


def test_an_endless_picture_ends_with_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A player goes on to the next thing, with the last picture; a snapshot does not wait for one that cannot come."""
    monkeypatch.setattr(web, "WAIT_S", 0.05)

    async def check(server: Server, port: int) -> None:
        server.shelf.put(noise(0))
        server.shelf.tell([server.shelf.figures[0]._replace(state="complete")])
        assert (await answer_to(port, "GET /stream/a.mjpg")).count(b"--vinofleet-picture") == 1
        monkeypatch.setattr(web, "WAIT_S", PATIENCE_S)
        assert (await answer_to(port, "GET /snapshot/a.jpg?after=1")).startswith(b"HTTP/1.1 204 ")

    asyncio.run(served(check))


def test_a_port_that_is_taken_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, in which it might have been let go of; with what to do."""
    monkeypatch.setattr(web, "BIND_S", 0.01)
    ours, theirs = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as taken, ours:
        port = taken.getsockname()[1]
        theirs.settimeout(0)
        asyncio.run(serve("127.0.0.1", port, theirs))
        word, fields, _ = receive(ours, 0) or ("", [], b"")
    assert word == "failed"
    assert fields[0].startswith(f"--serve cannot listen on 127.0.0.1:{port} (")
    assert fields[1:] == ["name another port, or 0 for any", "NETWORK"]
