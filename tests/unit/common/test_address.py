"""Tests of common.address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.address import Address, advertised, parse_address, require_protected
from common.errors import NetworkError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://127.0.0.1:5555", Address("tcp", "127.0.0.1", 5555)),
        ("tcp://*:0", Address("tcp", "*", 0)),
        ("tcp://localhost:*", Address("tcp", "localhost", 0)),
        ("tcp://[::1]:65535", Address("tcp", "::1", 65535)),
        ("tcp://gpu-3.example.org:1", Address("tcp", "gpu-3.example.org", 1)),
        ("tcp://fleet_producer_1:1", Address("tcp", "fleet_producer_1", 1)),
        ("ipc:///run/vinofleet/a b.sock", Address("ipc", path="/run/vinofleet/a b.sock")),
        ("inproc://x", Address("inproc", path="x")),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    """Each form that the documentation names is understood, and written back as it was read."""
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5555",
        "127.0.0.1:5555",
        "tcp://",
        "tcp://:5555",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://127.0.0.1:99999",
        "tcp://127.0.0.1:-1",
        "tcp://127.0.0.1:80a",
        "tcp://127.0.0.1:\u0665",
        "tcp://127.0.0.1:5555;tcp://10.0.0.1:5555",
        "tcp://::1:5555",
        "tcp://[localhost]:5555",
        "tcp://a b:5555",
        "tcp://a/b:5555",
        "udp://127.0.0.1:5555",
        "ipc://",
        "ipc://a\nb",
        "tcp://eth0;127.0.0.1:1",
    ],
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    """What ZeroMQ would read in its own way, or not at all, is an error with a remedy."""
    with pytest.raises(NetworkError) as caught:
        parse_address(text)
    assert "write tcp://HOST:PORT" in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="[]:.*-_aé0159 \n", max_size=12))
def test_no_text_breaks_the_parser(text: str) -> None:
    """An address is read or refused, whatever it is, and what is read survives being written."""
    for candidate in (text, f"tcp://{text}", f"tcp://{text}:1"):
        try:
            address = parse_address(candidate)
        except NetworkError:
            continue
        assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("tcp://127.0.0.1:1", True),
        ("tcp://127.8.0.1:1", True),
        ("tcp://localhost:1", True),
        ("tcp://LOCALHOST:1", True),
        ("tcp://[::1]:1", True),
        ("ipc:///tmp/x", True),
        ("inproc://x", True),
        ("tcp://*:1", False),
        ("tcp://0.0.0.0:1", False),
        ("tcp://[::]:1", False),
        ("tcp://192.168.1.2:1", False),
        ("tcp://localhost.example.org:1", False),
        ("tcp://eth0:1", False),
        ("tcp://2130706433:1", False),
    ],
)
def test_only_what_is_certainly_local_counts_as_local(text: str, local: bool) -> None:  # noqa: FBT001 - a column
    """A name that might mean another interface is not local."""
    assert parse_address(text).is_local is local


def test_an_open_address_needs_keys_or_a_word_from_the_user() -> None:
    """Nothing is opened to a network by default."""
    everywhere = parse_address("tcp://*:5555")
    with pytest.raises(NetworkError, match="--insecure"):
        require_protected(everywhere, secured=False, insecure=False)
    require_protected(everywhere, secured=True, insecure=False)
    require_protected(everywhere, secured=False, insecure=True)
    require_protected(parse_address("tcp://127.0.0.1:5555"), secured=False, insecure=False)


@pytest.mark.parametrize(
    ("bound", "reached", "advertise", "told"),
    [
        ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5555", "", "tcp://127.0.0.1:5556"),
        ("tcp://127.0.0.1:5556", "tcp://10.0.0.7:5555", "", "tcp://10.0.0.7:5556"),
        ("tcp://0.0.0.0:5556", "tcp://gpu-3:5555", "", "tcp://gpu-3:5556"),
        ("tcp://*:5556", "tcp://[fd00::7]:5555", "", "tcp://[fd00::7]:5556"),
        ("tcp://*:5556", "ipc:///tmp/producer", "", "tcp://127.0.0.1:5556"),
        ("tcp://10.0.0.9:5556", "tcp://10.0.0.7:5555", "", "tcp://10.0.0.9:5556"),
        ("tcp://collector:5556", "tcp://10.0.0.7:5555", "", "tcp://collector:5556"),
        ("ipc:///tmp/collector", "tcp://10.0.0.7:5555", "", "ipc:///tmp/collector"),
        ("tcp://127.0.0.1:5556", "tcp://10.0.0.7:5555", "tcp://far:1", "tcp://far:1"),
    ],
)
def test_a_peer_is_told_an_address_that_works_where_it_is(bound: str, reached: str, advertise: str, told: str) -> None:
    """Loopback and wildcard hosts give way to the host the peer used; what the user says wins."""
    assert advertised(bound, reached, advertise) == told


def test_a_wrong_advertise_is_refused() -> None:
    """A mistyped --advertise is an error here and no mystery at the workers."""
    with pytest.raises(NetworkError):
        advertised("tcp://127.0.0.1:1", "tcp://127.0.0.1:2", "far:1")
