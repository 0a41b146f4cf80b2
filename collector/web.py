"""The process of `--serve`: a small HTTP server of pictures, on one port.

A program of its own (`python -m collector.web HOST PORT DESCRIPTOR`, with a token for its viewers, if any, in the
environment's `TOKEN`, as command lines are no secrets), so that encoding and strangers' bytes are not the
collector's; it lives as long as its end of the link has another. Guarantees that what it holds is bounded: so many
connections, each with a time for its request and for each picture, and one picture under way. A viewer that takes
nothing for `SEND_S` is cut off.
What this file does not know: requests' form (`web_request`), the page (`web_page`), and where pictures come from.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import cv2

from collector.viewer_link import HEAD, figures_of, message, picture_of
from collector.web_page import SCRIPT, STYLE, page
from collector.web_request import COOKIE, END, HEAD_MAX_BYTES, RefusedError, Request, parse_request
from collector.web_shelf import Shelf
from collector.web_token import VARIABLE
from common.address import WILDCARDS

CONNECTIONS_MAX: Final = 32
"""At a time; a browser opens up to 6."""

REQUEST_S: Final = 10.0
"""How long a request may take to arrive, and a connection may be idle."""

SEND_S: Final = 5.0
"""How long a viewer may take for one picture."""

WAIT_S: Final = 2.0
"""How long an answer waits for a newer picture."""

WAITING_STREAMS: Final = 3
"""With more streams an answer waits for less: a browser has 6 connections, and some streams may stand still."""

NUMBER_DIGITS: Final = 18
"""Of a picture's number at most."""

TICK_S: Final = 0.25
"""How often the collector is told who watches."""

BIND_S: Final = 2.0
"""How long a port is tried that is taken: by the process before this one, whose collector was killed."""

NICE: Final = 5
"""How much this yields to those who compute what is to be seen."""

BOUNDARY: Final = "vinofleet-picture"

_SAFE: Final = (
    "X-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; img-src 'self' blob: data:; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: no-store\r\n"
)
"""In every answer; none allows another site to read it."""

_REMEDIES: Final = {
    "401": f"open /?token=... once, with what {VARIABLE} is; programs send it as Authorization: Bearer ...\n",
    "403": "ask by this machine's address, by its host name, or as localhost\n",
}
"""What else is said of a refusal, by its number."""


class Server:
    """Answers browsers.

    Args:
        names: of this machine, by which it may be asked.
        token: that every request must have; empty where none is asked for.
    """

    def __init__(self, names: frozenset[str], token: str = "") -> None:  # nosec B107 # empty is no token
        self.shelf: Final = Shelf()
        self._names: Final = names
        self._token: Final = token
        self._connections = 0

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other."""
        transport = writer.transport
        transport.set_write_buffer_limits(high=0)  # drained is: with the system
        self._connections += 1
        try:
            if self._connections > CONNECTIONS_MAX:
                await _send(writer, _answer("503 Service Unavailable", "text/plain", b"too many viewers\n", last=True))
            else:
                while await self._request(reader, writer):
                    pass
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # it left, or is not worth waiting for
        finally:
            self._connections -= 1
            transport.abort()  # what it has not taken by now is not kept for it

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False if it was the last."""
        try:
            head = await asyncio.wait_for(reader.readuntil(END), REQUEST_S)
        except asyncio.LimitOverrunError:
            await self._refuse(writer, "431 Request Header Fields Too Large")
            return False
        try:
            request = parse_request(head, self._names, self._token)
            kind, _, name = request.path.removeprefix("/").partition("/")
            if kind == "stream" and name.endswith(".mjpg"):
                known = self._known(name.removesuffix(".mjpg"))
                await self._stream(reader, writer, known, body=request.body)
                return False
            await _send(writer, await self._answer(request, kind, name))
        except RefusedError as error:
            await self._refuse(writer, error.status, error.why, body=not head.startswith(b"HEAD "))
            return False
        return not request.last

    async def _refuse(self, writer: asyncio.StreamWriter, status: str, why: str = "", *, body: bool = True) -> None:
        text = (f"{status}\n" + (f"{why}\n" if why else _REMEDIES.get(status[:3], ""))).encode()
        await _send(writer, _answer(status, "text/plain", text, body=body, last=True))
        writer.write_eof()
        await asyncio.sleep(0)

    def _known(self, stream: str) -> str:
        if stream not in self.shelf:
            raise RefusedError("404 Not Found")
        return stream

    async def _answer(self, request: Request, kind: str, name: str) -> bytes:
        if request.told:
            cookie = f"Set-Cookie: {COOKIE}={self._token}; Path=/; HttpOnly; SameSite=Strict\r\n"
            return _answer("303 See Other", "", b"", f"{cookie}Location: /\r\nContent-Length: 0\r\n")
        content = self._content(request.path)
        if content is not None:
            return _answer("200 OK", *content, body=request.body, last=request.last)
        if kind == "snapshot" and name.endswith(".jpg"):
            return await self._snapshot(request, self._known(name.removesuffix(".jpg")))
        raise RefusedError("404 Not Found")

    def _content(self, path: str) -> tuple[str, bytes] | None:
        """The kind of what lies at a path, and its bytes; None where a picture may."""
        match path:
            case "/":
                return "text/html; charset=utf-8", page(self.shelf.figures).encode()
            case "/style.css":
                return "text/css; charset=utf-8", STYLE.encode()
            case "/page.js":
                return "text/javascript; charset=utf-8", SCRIPT.encode()
            case "/status.json":
                return "application/json", self._status()
            case _:
                return None

    def _status(self) -> bytes:
        streams = [
            {**each._asdict(), "frames": each.ok + each.failed + each.dropped, "fps": round(each.fps, 2)}
            for each in self.shelf.figures
        ]
        return json.dumps({"streams": streams}).encode() + b"\n"

    async def _snapshot(self, request: Request, stream: str) -> bytes:
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdecimal() and len(after) <= NUMBER_DIGITS):
            raise RefusedError("400 Bad Request")
        within_s = WAIT_S * min(1.0, WAITING_STREAMS / len(self.shelf.figures)) if self.shelf.runs(stream) else 0.0
        found = await self.shelf.newer(stream, int(after), within_s)
        if found is None:
            return _answer("204 No Content", "", b"", last=request.last)
        more = f"X-Picture: {found[0]}\r\n"
        return _answer("200 OK", "image/jpeg", found[1], more, body=request.body, last=request.last)

    async def _stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: str, *, body: bool
    ) -> None:
        kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        await _send(writer, f"HTTP/1.1 200 OK\r\n{_SAFE}Content-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        if not body:
            return
        leaving = asyncio.ensure_future(_left(reader))
        try:
            async for jpeg in self._pictures(stream, leaving):
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                await _send(writer, head.encode() + jpeg + b"\r\n")
        finally:
            leaving.cancel()

    async def _pictures(self, stream: str, leaving: asyncio.Future[None]) -> AsyncIterator[bytes]:
        """All until the stream has ended, or the viewer has left: of a stream that stands still nothing else tells."""
        number = 0
        while stream in self.shelf and not leaving.done():
            found = await self.shelf.newer(stream, number, WAIT_S)
            if found is not None:
                number, jpeg = found
                yield jpeg
            elif not self.shelf.runs(stream):
                return


def _answer(status: str, kind: str, content: bytes, more: str = "", *, body: bool = True, last: bool = False) -> bytes:
    head = f"HTTP/1.1 {status}\r\n{_SAFE}{more}"
    if kind:
        head += f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
    if status.startswith("405"):
        head += "Allow: GET, HEAD\r\n"
    head += "Connection: close\r\n\r\n" if last else "\r\n"
    return head.encode() + (content if body else b"")


async def _left(reader: asyncio.StreamReader) -> None:
    """Wait until a viewer has left; what it says before that, after its request, is of no interest."""
    with suppress(OSError):
        while await reader.read(HEAD_MAX_BYTES):
            pass


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await asyncio.wait_for(writer.drain(), SEND_S)


async def _listen(link: asyncio.StreamReader, out: asyncio.StreamWriter, shelf: Shelf) -> None:
    """Take what the collector tells, until it is gone."""
    while True:
        length, size = HEAD.unpack(await link.readexactly(HEAD.size))
        word, *fields = json.loads(await link.readexactly(length))
        pixels = await link.readexactly(size)
        if word == "picture":
            shelf.put(picture_of(fields, pixels))
            out.write(message("took"))
        else:
            shelf.tell(figures_of(fields))


async def _tell_watched(out: asyncio.StreamWriter, shelf: Shelf) -> None:
    told: list[str] = []
    while True:
        watched = shelf.watched(asyncio.get_running_loop().time())
        if watched != told:
            told = watched
            out.write(message("watch", watched))
        await asyncio.sleep(TICK_S)


async def _bound(server: Server, host: str, port: int) -> asyncio.Server:
    """Listen; a port that is taken may be free in a moment.

    Raises:
        OSError: it cannot be had.
    """
    interface = None if host == "*" else host
    until = asyncio.get_running_loop().time() + BIND_S
    while True:
        try:
            return await asyncio.start_server(
                server.attend, interface, port, limit=HEAD_MAX_BYTES, backlog=CONNECTIONS_MAX
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE or asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(TICK_S)


async def serve(host: str, port: int, link: socket.socket) -> None:
    """Serve until the link's other end is gone."""
    reader, out = await asyncio.open_connection(sock=link)
    own = socket.gethostname().lower()
    server = Server(frozenset({host.lower(), own, f"{own}.local"}), os.environ.get(VARIABLE, ""))
    try:
        listening = await _bound(server, host, port)
    except OSError as error:
        what = f"--serve cannot listen on {host}:{port} ({os.strerror(error.errno) if error.errno else error})"
        out.write(message("failed", what, "name another port, or 0 for any", "NETWORK"))
        await out.drain()
        out.close()
        return
    bound = listening.sockets[0].getsockname()[1]
    shown = own if host in WILDCARDS else f"[{host}]" if ":" in host else host
    out.write(message("up", f"http://{shown}:{bound}/"))
    telling = asyncio.create_task(_tell_watched(out, server.shelf))
    try:
        await _listen(reader, out, server.shelf)
    except (OSError, asyncio.IncompleteReadError):
        telling.cancel()


def main(host: str, port: int, link: socket.socket) -> None:
    """Serve, and end at once when that is over, whoever is connected."""
    os.nice(NICE)
    cv2.setNumThreads(1)
    asyncio.run(serve(host, port, link))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), socket.socket(fileno=int(sys.argv[3])))
