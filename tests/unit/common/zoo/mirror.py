"""An HTTP server on this machine that has models, and a plan of what it does wrong."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Final

from common.zoo.manifest import Manifest, parse_manifest
from common.zoo.names import MANIFEST

Fault = Callable[["Answer", bytes], None]


class Answer(BaseHTTPRequestHandler):
    """Answers one connection, as the mirror's plan says."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def handle(self) -> None:
        """Answer until the client leaves, however it does."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        """Answer honestly, unless a fault is planned."""
        mirror = self.server.mirror
        mirror.asked.append((self.path, self.headers.get("Range", "")))
        mirror.signed.append(self.headers.get("Authorization", ""))
        body = mirror.files.get(self.path)
        fault = mirror.plan.popleft() if mirror.plan else honest
        try:
            if body is None and fault is honest:
                self.send_error(404)
            else:
                fault(self, body or b"")
        except OSError:  # the client has left
            self.close_connection = True

    def start(self) -> int:
        """Return where the client wants the body to begin."""
        wanted = self.headers.get("Range", "")
        return int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0

    def head(self, status: int, length: int, **headers: str) -> None:
        """Send a status and headers."""
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def begin(self, body: bytes) -> bytes:
        """Send the head of an honest answer; return the body that belongs to it."""
        start = self.start()
        if start:
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.head(206, len(body) - start, Content_Range=span)
        else:
            self.head(200, len(body))
        return body[start:]

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    mirror: Mirror


class Mirror:
    """The server.

    Attributes:
        files: by the path of their address.
        plan: what is done to the next requests, in turn; honest answers after that.
        asked: path and Range of every request so far.
        signed: with what name and password each came.
        held: set while a body is held back by `hold`.
        go: lets it go on.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.plan: deque[Fault] = deque()
        self.asked: list[tuple[str, str]] = []
        self.signed: list[str] = []
        self.held: Final = threading.Event()
        self.go: Final = threading.Event()
        self._server: Final = _Server(("127.0.0.1", 0), Answer)
        self._server.mirror = self
        self._server.daemon_threads = True
        self._thread: Final = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def base(self) -> str:
        """Its address, with a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def has(self, document: dict[str, Any], contents: dict[str, bytes]) -> None:
        """Offer a manifest's models."""
        for model in document["models"]:
            for files in model.get("files", {}).values():
                self.files |= {f"/{file['path']}": contents[file["path"]] for file in files}

    def close(self) -> None:
        """Answer nobody any more."""
        self.go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def mirror() -> Iterator[Mirror]:
    """Give a server that is gone afterwards."""
    server = Mirror()
    try:
        yield server
    finally:
        server.close()


def small_zoo() -> tuple[dict[str, Any], dict[str, bytes]]:
    """The shipped manifest with small files in place of the real ones; their bytes by path."""
    document = json.loads(MANIFEST.read_text(encoding="utf-8"))
    contents: dict[str, bytes] = {}
    for model in document["models"]:
        for files in model.get("files", {}).values():
            for file in files:
                data = Random(file["path"]).randbytes(200_000 if file["name"].endswith(".bin") else 3_000)
                contents[file["path"]] = data
                file["size"], file["sha384"] = len(data), hashlib.sha384(data).hexdigest()
    return document, contents


def write_manifest(path: Path, document: dict[str, Any]) -> Manifest:
    """Write a manifest to a file, and read it."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return parse_manifest(document)


def honest(answer: Answer, body: bytes) -> None:
    """Answer as one should, continuing where the client asks for it."""
    answer.wfile.write(answer.begin(body))


def hold(answer: Answer, body: bytes) -> None:
    """Send half, and the rest when the test lets it."""
    mirror = answer.server.mirror
    rest = answer.begin(body)
    half = len(rest) // 2
    answer.wfile.write(rest[:half])
    answer.wfile.flush()
    mirror.held.set()
    mirror.go.wait()
    answer.wfile.write(rest[half:])


def truncate(answer: Answer, body: bytes) -> None:
    """Close in the middle of the body."""
    rest = answer.begin(body)
    answer.wfile.write(rest[: len(rest) // 2])
    answer.close_connection = True


def corrupt(answer: Answer, body: bytes) -> None:
    """Change one bit."""
    rest = bytearray(answer.begin(body))
    rest[len(rest) // 2] ^= 1
    answer.wfile.write(rest)


def ignore_range(answer: Answer, body: bytes) -> None:
    """Send all of it, whatever part was asked for."""
    answer.head(200, len(body))
    answer.wfile.write(body)


def other_part(answer: Answer, body: bytes) -> None:
    """Send a part that was not asked for, and say so."""
    answer.head(206, len(body) - 1, Content_Range=f"bytes 1-{len(body) - 1}/{len(body)}")
    answer.wfile.write(body[1:])


def lying_part(answer: Answer, body: bytes) -> None:
    """Say that the part is the right one, and send zeros."""
    answer.wfile.write(bytes(len(answer.begin(body))))


def too_long(answer: Answer, body: bytes) -> None:
    """Send more than the file, with a length that is honest about it."""
    answer.head(200, len(body) + 100)
    answer.wfile.write(body + bytes(100))


def too_short(answer: Answer, body: bytes) -> None:
    """Send less than the file, with a length that is honest about it."""
    answer.head(200, len(body) - 100)
    answer.wfile.write(body[:-100])


def wrong_length(answer: Answer, body: bytes) -> None:
    """Send the file with a length that is not its own."""
    answer.head(200, len(body) + 7)
    answer.wfile.write(body)
    answer.close_connection = True


def without_length(answer: Answer, body: bytes) -> None:
    """Send the file in chunks, in two of them."""
    answer.send_response(200)
    answer.send_header("Transfer-Encoding", "chunked")
    answer.end_headers()
    for part in (body[:100], body[100:]):
        answer.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
    answer.wfile.write(b"0\r\n\r\n")


def zipped(answer: Answer, body: bytes) -> None:
    """Compress it, although nobody asked for that."""
    import gzip  # noqa: PLC0415 - for this one

    data = gzip.compress(body)
    answer.head(200, len(data), Content_Encoding="gzip")
    answer.wfile.write(data)


def hang_up(answer: Answer, body: bytes) -> None:
    """Close without an answer."""
    del body
    answer.close_connection = True


def babble(answer: Answer, body: bytes) -> None:
    """Answer with what is no HTTP."""
    del body
    answer.wfile.write(b"\x16\x03\x01 220 hello\r\n\r\n")
    answer.close_connection = True


def status(code: int) -> Fault:
    """Answer with a status and a page for people."""

    def fault(answer: Answer, body: bytes) -> None:
        del body
        answer.head(code, 5)
        answer.wfile.write(b"sorry")

    return fault


def cut_without_length(answer: Answer, body: bytes) -> None:
    """State no length, and close in the middle: to the client that is an end like any other."""
    answer.send_response(200)
    answer.end_headers()
    answer.wfile.write(body[: len(body) // 2])
    answer.close_connection = True


def huge_length(answer: Answer, body: bytes) -> None:
    """State a length that is no number for Python either."""
    answer.send_response(200)
    answer.send_header("Content-Length", "9" * 5000)
    answer.end_headers()
    answer.wfile.write(body)
    answer.close_connection = True


def shout(answer: Answer, body: bytes) -> None:
    """Refuse with words that clear a terminal."""
    del body
    answer.send_response(403, "\x1b[2Jgo away")
    answer.send_header("Content-Length", "0")
    answer.end_headers()


def redirect(to: str, length: int = 0) -> Fault:
    """Send the client elsewhere, announcing a body that never comes; `{path}` is the file's path."""

    def fault(answer: Answer, body: bytes) -> None:
        del body
        answer.head(302, length, Location=to.format(path=answer.path))

    return fault
