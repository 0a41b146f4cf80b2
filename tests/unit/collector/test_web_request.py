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


@pytest.mark.parametrize(
    "fields",
    [
        ["Origin: http://evil.example"],
        ["Origin: null"],
        ["Origin: http://127.0.0.1:9090"],
        ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"],
        ["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"],
        ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"],
    ],
)
def test_what_another_sites_page_asks_for_is_refused(fields: list[str]) -> None:
    """Even where it could not read the answer, its time and its size would tell something."""
    with pytest.raises(RefusedError, match="403"):
        parse_request(head("GET /snapshot/a.jpg HTTP/1.1", *fields), NAMES)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        ["Origin: http://127.0.0.1:8080"],
        ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"],
        ["Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
        ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
    ],
)
def test_the_page_itself_programs_and_links_are_answered(fields: list[str]) -> None:
    """Whoever follows a link leaves the other site."""
    assert parse_request(head("GET / HTTP/1.1", *fields), NAMES).path == "/"


TOKEN = "0123456789abcdef"  # noqa: S105 - of these tests


@pytest.mark.parametrize(
    ("line", "fields", "told"),
    [
        (f"GET /?token={TOKEN} HTTP/1.1", [], True),
        ("GET / HTTP/1.1", [f"Cookie: other=1; vinofleet={TOKEN}"], False),
        ("GET / HTTP/1.1", [f"Authorization: Bearer {TOKEN}"], False),
    ],
)
def test_whoever_has_the_token_is_answered(line: str, fields: list[str], told: bool) -> None:  # noqa: FBT001
    """From the address it is to go away; it is no part of the query."""
    found = parse_request(head(line, *fields), NAMES, TOKEN)
    assert (found.told, found.query) == (told, {})


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("GET / HTTP/1.1", []),
        (f"GET /?token={TOKEN[:-1]} HTTP/1.1", []),
        ("GET /?token= HTTP/1.1", ["Cookie: vinofleet=", "Authorization: Bearer "]),
        ("GET / HTTP/1.1", [f"Authorization: Basic {TOKEN}"]),
        ("GET / HTTP/1.1", [f"Cookie: vinofleet={TOKEN}\xe9"]),
    ],
)
def test_without_the_token_nothing_is_answered(line: str, fields: list[str]) -> None:
    """Neither a page nor whether a stream exists."""
    with pytest.raises(RefusedError, match="401"):
        parse_request(head(line, *fields), NAMES, TOKEN)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda data: head()[:-2] + data))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    """Nothing else comes of them."""
    with suppress(RefusedError):
        parse_request(data, NAMES)
