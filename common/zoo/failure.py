"""What goes wrong while a file is fetched: in words that continue its address, and whether another try could go better.

Guarantees: the words are vinofleet's own, or the system's; nothing that a server sent is in them.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final

import requests
import urllib3

from common.zoo.patience import Patience

NO_ADDRESS: Final = "that, or what it is redirected to, is no http address"
UNTRUSTED: Final = "its certificate is not trusted; REQUESTS_CA_BUNDLE can name one that is"

_FINAL: Final = (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL)
"""What the same request would meet again."""

_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (requests.exceptions.ConnectTimeout, "no connection within {connect_s:g} s"),
    (requests.exceptions.ReadTimeout, "no answer for {stall_s:g} s"),
    (requests.exceptions.SSLError, "no encrypted connection comes about ({reason})"),
    (requests.exceptions.ProxyError, "the proxy does not answer ({reason})"),
    (requests.exceptions.ConnectionError, "it cannot be reached ({reason})"),
    (requests.exceptions.InvalidSchema, NO_ADDRESS),
    (requests.exceptions.InvalidURL, NO_ADDRESS),
    (requests.RequestException, "the request fails ({reason})"),
    (urllib3.exceptions.ReadTimeoutError, "nothing more came for {stall_s:g} s"),
    (urllib3.exceptions.HTTPError, "the connection ended {left} bytes too early"),
)
"""Before a body comes (requests), and while it does (urllib3); the first that fits, as some are kinds of others."""


class DownloadError(Exception):
    """A file that cannot be had; says why, in words that continue its address.

    Args:
        why: the words.
        final: whether another try would end the same way.
    """

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


def failure(
    error: requests.RequestException | urllib3.exceptions.HTTPError, patience: Patience, left: int
) -> DownloadError:
    """Translate what the libraries raise.

    Args:
        error: theirs.
        patience: what was waited.
        left: bytes of the file that have not come.
    """
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return DownloadError(UNTRUSTED, final=True)
    text = next(text for kind, text in _WORDS if isinstance(error, kind))
    why = text.format(connect_s=patience.connect_s, stall_s=patience.stall_s, left=left, reason=_reason(causes))
    return DownloadError(why, final=isinstance(error, _FINAL))


def _reason(causes: list[BaseException]) -> str:
    """Find the system's word for it, or else the last exception's name; the libraries' own texts are long."""
    told = (cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror)
    return next(told, type(causes[-1]).__name__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
