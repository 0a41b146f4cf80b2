"""One file over HTTP: tried several times, continued where it broke, checked by size and SHA-384.

Guarantees: when `Web.download` returns, what was written is the file, byte for byte; otherwise it raises, and what was
written is of no use. Therefore it does not matter whom the bytes come from, or whether the way is encrypted. Whatever a
server sends, no more than the file is kept, nothing is unpacked, and none of its words gets into a text for a person.

Proxies and certificates are those of the environment (`HTTPS_PROXY`, `NO_PROXY`, `REQUESTS_CA_BUNDLE`).
What this file does not know: which file it is, where it is kept, whether others fetch it too.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import responses
from typing import BinaryIO, Final, Self
from urllib.parse import urljoin

import requests
import urllib3

from common.zoo.failure import NO_ADDRESS, DownloadError, failure
from common.zoo.manifest import ZooFile
from common.zoo.patience import Flow, Patience
from common.zoo.steps import Trouble

PIECE_BYTES: Final = 64 * 1024
REDIRECTS_MAX: Final = 5
_BUSY: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_PLAIN: Final = {"", "identity"}
"""Content codings that change nothing."""


class _Body:
    """What has come of a file so far."""

    def __init__(self, file: ZooFile, out: BinaryIO, on_reached: Callable[[int], None]) -> None:
        self._file: Final = file
        self._out: Final = out
        self._on_reached: Final = on_reached
        self._digest = hashlib.sha384()
        self.nbytes = 0

    @property
    def is_whole(self) -> bool:
        return self.nbytes == self._file.size

    @property
    def left(self) -> int:
        return self._file.size - self.nbytes

    def add(self, data: bytes) -> None:
        """Keep a piece; what is beyond the file's size is not part of it."""
        data = data[: self.left]
        self._out.write(data)
        self._digest.update(data)
        self.nbytes += len(data)
        self._on_reached(self.nbytes)

    def restart(self) -> None:
        self._out.seek(0)
        self._out.truncate()
        self._digest, self.nbytes = hashlib.sha384(), 0
        self._on_reached(0)

    def check(self) -> None:
        if self._digest.hexdigest() != self._file.sha384:
            self.restart()
            raise DownloadError("its bytes are not those of the model (another SHA-384)")


class _Session(requests.Session):
    """Follows no redirection by itself: requests reads and keeps the whole body of each, however long that is."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that there is none."""

    def target(self, response: requests.Response) -> str | None:
        """Return the address to which an answer redirects; None where it does not."""
        target = super().get_redirect_target(response)
        return urljoin(response.url, target) if target else None


class Web:
    """Where files come from; keeps its connections from one file to the next, as a context.

    Args:
        patience: how often, and how long.
        on_trouble: told why there is another try.
    """

    def __init__(self, patience: Patience, on_trouble: Callable[[Trouble], None]) -> None:
        self._patience: Final = patience
        self._on_trouble: Final = on_trouble
        self._never: Final = threading.Event()
        self._session: Final = _Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def download(self, url: str, file: ZooFile, out: BinaryIO, on_reached: Callable[[int], None]) -> None:
        """Write a file to `out`.

        Args:
            url: where it is.
            file: what it is.
            out: empty; is truncated where what came is of no use.
            on_reached: told how many bytes are there.

        Raises:
            DownloadError: it cannot be had.
            OSError: the disk fails; never for the network.
        """
        body = _Body(file, out, on_reached)
        for tried in range(1, self._patience.tries + 1):
            try:
                return self._try(url, body)
            except DownloadError as error:
                if error.final:
                    raise
                if tried == self._patience.tries:
                    raise DownloadError(f"{error} (tried {'once' if tried == 1 else f'{tried} times'})") from error
                self._on_trouble(Trouble(file.name, str(error)))
            self._never.wait(self._patience.pause(tried))
        raise AssertionError("a fetch is tried at least once")

    def _try(self, url: str, body: _Body) -> None:
        """Ask for what is not here yet, and check it when it is."""
        try:
            with self._ask(url, body.nbytes) as response:
                _begin(response, body)
                _receive(response, body, self._patience)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise failure(error, self._patience, body.left) from error
        if not body.is_whole:
            raise DownloadError(f"it ended {body.left} bytes too early")
        body.check()

    def _ask(self, url: str, have: int) -> requests.Response:
        """Follow redirections to the answer; it and they are taken for what their heads say, no body is read."""
        for _ in range(REDIRECTS_MAX + 1):
            try:
                response = self._get(url, have)
                target = self._session.target(response)
            except requests.RequestException:
                raise
            except ValueError as error:  # an address that cannot even be taken apart
                raise DownloadError(NO_ADDRESS, final=True) from error
            if target is None:
                return response
            response.close()
            url = target
        raise DownloadError(f"it is redirected more than {REDIRECTS_MAX} times", final=True)

    def _get(self, url: str, have: int) -> requests.Response:
        # Identity: a coded body has another length, cannot be continued, and may be a thousand times what was sent.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        times_s = (self._patience.connect_s, self._patience.stall_s)
        return self._session.get(url, headers=headers, stream=True, timeout=times_s)


def _begin(response: requests.Response, body: _Body) -> None:
    """See whether the answer is what was asked for; a server that does not continue sends all of it again."""
    status = response.status_code
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        body.restart()
        raise DownloadError("the server would not continue it")
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        busy = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _BUSY
        raise DownloadError(f"the server answers {status} {responses.get(status, '')}".rstrip(), final=not busy)
    if response.headers.get("Content-Encoding", "").strip().lower() not in _PLAIN:
        raise DownloadError("the server compresses it, which was not asked for", final=True)
    if body.nbytes and not response.headers.get("Content-Range", "").startswith(f"bytes {body.nbytes}-"):
        body.restart()
        if status == HTTPStatus.PARTIAL_CONTENT:
            raise DownloadError("the server sent another part than was asked for")
    length = response.raw.length_remaining  # None where no number is said
    if length is not None and length != body.left:
        has = body.nbytes + length
        body.restart()
        raise DownloadError(f"it has {has} bytes there, not the model's {body.left}")


def _receive(response: requests.Response, body: _Body, patience: Patience) -> None:
    flow = Flow(patience.stall_s, time.monotonic())
    while not body.is_whole and (data := response.raw.read1(PIECE_BYTES, decode_content=False)):
        body.add(data)
        if flow.has_stopped(len(data), time.monotonic()) and not body.is_whole:
            raise DownloadError(f"it came too slowly for {patience.stall_s:g} s")
