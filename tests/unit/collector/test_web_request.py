"""What is answered, and what is not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.web_request import RefusedError, Request, is_own, parse_request

NAMES = frozenset({"door"})


def head(line: str = "GET / HTTP/1.1", *fields: str, host: str = "127.0.0.1:8080") -> bytes:
    """A request's head."""
    return "\r\n".join([line, f"Host: {host}", *fields, "", ""]).encode("latin-1")


def test_a_request_is_read() -> None:
    """Path, query, and whether a body is wanted."""
    found = parse_request(head("HEAD /snapshot/a.jpg?after=3&x= HTTP/1.1", "Accept: */*"), NAMES)
    assert found == Request("/snapshot/a.jpg", {"after": "3"}, body=False, last=False)
    assert parse_request(head("GET //door/x HTTP/1.0"), NAMES).path == "//door/x"


@pytest.mark.parametrize(
    ("request_head", "last"),
    [
        (head("GET / HTTP/1.0"), True),
        (head("GET / HTTP/1.1", "Connection: keep-alive, Close"), True),
        (head("GET / HTTP/1.1", "Connection: keep-alive"), False),
    ],
)
def test_who_wants_one_answer_says_so(request_head: bytes, last: bool) -> None:  # noqa: FBT001
    """By the field, or by the version."""
    assert parse_request(request_head, NAMES).last is last


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "10.0.0.5:9000", "Door:8080"])
def test_hosts_that_are_this_machine(host: str) -> None:
    """Addresses are nobody's name; a port may be a tunnel's."""
    assert is_own(host, NAMES)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "[::1"]
)
def test_a_name_of_another_site_is_refused(host: str) -> None:
    """A page of that site would read the pictures once its name leads here."""
    with pytest.raises(RefusedError, match="403"):
        parse_request(head(host=host), NAMES)


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (head("POST / HTTP/1.1"), "405"),
        (head("GET / HTTP/2"), "400"),
        (head("GET http://door/ HTTP/1.1"), "400"),
        (head("GET / HTTP/1.1", "Host: localhost"), "400"),
        (head("GET / HTTP/1.1", "Content-Length: 5"), "400"),
        (head("GET / HTTP/1.1", "Transfer-Encoding: chunked"), "400"),
        (head("GET / HTTP/1.1", "no field"), "400"),
        (head("GET /?" + "a=1&" * 20 + " HTTP/1.1"), "400"),
        (b"\r\n\r\n", "400"),
    ],
)
def test_what_is_no_request_for_a_picture_is_refused(request_head: bytes, status: str) -> None:
    """With HTTP's word for it."""
    with pytest.raises(RefusedError, match=status):
        parse_request(request_head, NAMES)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda data: head()[:-2] + data))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    """Nothing else comes of them."""
    with suppress(RefusedError):
        parse_request(data, NAMES)
