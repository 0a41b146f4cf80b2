"""A web server of the tests, which stalls, breaks off, trickles and never ends, as it is told."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PART: Final = 16_384
"""Bytes that are sent at a time."""


class Site:
    """What is served, and how.

    Attributes:
        folder: its files.
        break_at: so many bytes into a file the connection is cut, each time until `breaks` is 0.
        breaks: how often.
        stall_s: there it also says nothing for so long.
        pictures: JPEG files that `/live` sends for ever, each `every_s`.
        requests: how often anything was asked for.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.break_at = 1 << 60
        self.breaks = 0
        self.stall_s = 0.0
        self.pictures: list[bytes] = []
        self.every_s = 0.04
        self.requests = 0
        self.address = ""
        self.gone = threading.Event()


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Serve a folder at `address` of the site, on a port that the system chooses."""
    site = Site(folder)

    class Handler(_Handler):
        pass

    Handler.site = site
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield site
    finally:
        site.gone.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        self.site.requests += 1
        try:
            self._live() if self.path.split("?")[0] == "/live" else self._file()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""

    def _live(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
        self.end_headers()
        number = 0
        while not self.site.gone.wait(self.site.every_s):
            picture = self.site.pictures[number % len(self.site.pictures)]
            head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self.wfile.write(head.encode() + picture + b"\r\n")
            number += 1

    def _file(self) -> None:
        site = self.site
        path = site.folder / self.path.lstrip("/").split("?")[0]
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        found = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(found[1]) if found else 0
        self.send_response(206 if found else 200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.send_header("Accept-Ranges", "bytes")
        if found:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        for place in range(begin, len(data), PART):
            if place >= site.break_at and site.breaks > 0:
                site.breaks -= 1
                site.gone.wait(site.stall_s)
                self.close_connection = True
                return
            self.wfile.write(data[place : place + PART])
