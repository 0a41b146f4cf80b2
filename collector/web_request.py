"""What a browser asks of the server of pictures, and whether it may. Pure: bytes in, a request or a refusal out.

Takes the head of an HTTP/1.x request as RFC 9112 writes it, and of that only what a page of pictures needs: GET and
HEAD, without a body. Guarantees that a request is answered only if it names a host that cannot be another site's name
for this machine (DNS rebinding): an address, localhost, or a name of this machine; that no other site's page had the
browser ask, but for a person who follows a link; and that it has the token, where there is one.
What this file does not know: sockets, and what is answered.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

HEAD_MAX_BYTES: Final = 8192
"""Longer heads are refused; browsers send less than 2 kB."""

FIELDS_MAX: Final = 8
"""Of a query; no path asks for more than one."""

END: Final = b"\r\n\r\n"

COOKIE: Final = "vinofleet"
"""Its name; it holds the token."""

_LINE: Final = re.compile(r"([A-Z]+) (/[!-~]*) HTTP/1\.([01])")
_FIELD: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*")
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        path: without the query, not decoded: streams' names need no escapes.
        query: the first value of each name.
        body: whether the answer is to have one (GET) or not (HEAD).
        last: whether the connection is to end with the answer.
        told: whether the token stands in its address, where people see it, and is to be kept elsewhere.
    """

    path: str
    query: dict[str, str]
    body: bool
    last: bool
    told: bool = False


class RefusedError(Exception):
    """A request that is not answered.

    Args:
        status: of HTTP, with its words.
        why: for people, where the status has several reasons.
    """

    def __init__(self, status: str, why: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.why = why


def parse_request(head: bytes, names: Collection[str], token: str = "") -> Request:  # nosec B107 # empty is no token
    """Read the head of a request, with the empty line at its end.

    Args:
        head: at most HEAD_MAX_BYTES.
        names: of this machine, in lower case.
        token: that it must have; empty where none is asked for.

    Raises:
        RefusedError: it is none, or it is not answered.
    """
    line, *fields = head.removesuffix(END).decode("latin-1").split("\r\n")
    found = _LINE.fullmatch(line)
    if found is None:
        raise RefusedError("400 Bad Request")
    method, target, minor = found.groups()
    values = _fields(fields)
    if not is_own(values.get("host", ""), names):
        raise RefusedError("403 Forbidden")
    if is_foreign(values):
        raise RefusedError("403 Forbidden", "another site's page asked for it")
    if method not in {"GET", "HEAD"}:
        raise RefusedError("405 Method Not Allowed")
    if "transfer-encoding" in values or values.get("content-length", "0") != "0":
        raise RefusedError("400 Bad Request")
    # Not as it stands: "//name" would be read as a host.
    parts = urlsplit("http://host" + target)
    try:
        query = {name: each[0] for name, each in parse_qs(parts.query, max_num_fields=FIELDS_MAX).items()}
    except ValueError as error:
        raise RefusedError("400 Bad Request") from error
    told = query.pop("token", "")
    if not _has_token(token, told, values):
        raise RefusedError("401 Unauthorized")
    asked_to_close = "close" in re.split(r"[ \t]*,[ \t]*", values.get("connection", "").lower())
    return Request(
        parts.path, query, body=method == "GET", last=minor == "0" or asked_to_close, told=bool(token and told)
    )


def is_own(host: str, names: Collection[str]) -> bool:
    """Whether the value of a Host field is an address, localhost, or one of these names, with any port."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = found[1].strip("[]").lower()
    if name in {"localhost", *names}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_foreign(values: Mapping[str, str]) -> bool:
    """Whether a page of another site asks, and not a person who follows its link to this one.

    Args:
        values: fields by their names in lower case; programs other than browsers have none that matter here.
    """
    origin = values.get("origin")
    if origin is not None and origin.partition("://")[2].lower() != values.get("host", "").lower():
        return True
    if values.get("sec-fetch-site", "none") in {"none", "same-origin"}:
        return False
    return (values.get("sec-fetch-mode"), values.get("sec-fetch-dest")) != ("navigate", "document")


def _has_token(token: str, told: str, values: Mapping[str, str]) -> bool:
    """Whether a token is told in the address, a cookie, or as RFC 6750 says."""
    if not token:
        return True
    kind, _, credentials = values.get("authorization", "").partition(" ")
    offered = [told, credentials.strip() if kind.lower() == "bearer" else ""]
    for cookie in values.get("cookie", "").split(";"):
        name, _, value = cookie.strip().partition("=")
        offered.append(value if name == COOKIE else "")
    # Each is compared in a time that tells nothing of how much of it is right.
    return any(hmac.compare_digest(each.encode(), token.encode()) for each in offered)


def _fields(lines: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None or found[1].lower() in values.keys() & {"host", "content-length"}:
            raise RefusedError("400 Bad Request")
        values[found[1].lower()] = found[2]
    return values
